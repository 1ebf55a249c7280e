import { useRefresh } from 'ra-core'
import type { FormEvent } from 'react'
import { useState } from 'react'
import type { Untyped } from '../data/client'
import { client } from '../data/client'
import type { DescribedResource } from '../data/description'
import { label } from '../data/description'
import { Dialog } from '../shell/confirm'

interface Failure {
  readonly line?: number
  readonly field?: string
  readonly message: string
}
interface Report {
  readonly rows?: number
  readonly created?: number
  readonly updated?: number
  readonly unchanged?: number
  readonly failed?: number
  readonly dry_run?: boolean
  readonly failures: readonly Failure[]
  readonly message?: string
}

const typeOf = ({ name }: File) => (/\.(ndjson|jsonl)$/i.test(name) ? 'application/x-ndjson' : 'text/csv')

/** Sends a file; a refusal tells of rows as a report does. */
const send = async (path: string, given: FormData): Promise<Report> => {
  const file = given.get('file') as File
  const query = new URLSearchParams({
    on_error: String(given.get('on_error')),
    dry_run: String(given.has('dry_run'))
  })
  if (given.get('upsert')) query.set('upsert', String(given.get('upsert')))
  const answer = await client.fetch(`/${path}/import?${query}`, {
    method: 'POST',
    headers: { 'Content-Type': typeOf(file), 'Idempotency-Key': crypto.randomUUID() },
    body: await file.text()
  })
  const body = (await answer.json()) as Untyped

  return answer.ok ? (body as Report) : { failures: body.error.details ?? [], message: body.error.message }
}

const ReportOf = ({ report }: { report: Report }) => (
  <section role="status">
    {report.message && <p className="banner error">{report.message}</p>}
    {report.rows !== undefined && (
      <p>
        {report.dry_run ? 'It would be: ' : ''}
        {report.created} created, {report.updated} updated, {report.unchanged} unchanged, {report.failed}{' '}
        failed, of {report.rows} rows
      </p>
    )}
    {report.failures.length > 0 && (
      <table>
        <thead>
          <tr>
            <th scope="col">Line</th>
            <th scope="col">Field</th>
            <th scope="col">What is wrong</th>
          </tr>
        </thead>
        <tbody>
          {report.failures.map(({ line, field, message }, index) => (
            <tr key={index}>
              <td>{line}</td>
              <td>{field}</td>
              <td>{message}</td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
  </section>
)

const Choices = ({ unique }: { unique: readonly string[] }) => (
  <>
    <label>
      File (CSV or NDJSON)
      <input name="file" type="file" accept=".csv,.ndjson,.jsonl" required />
    </label>
    <label>
      Records that cannot be written
      <select name="on_error">
        <option value="abort">stop everything: all or none</option>
        <option value="skip">are passed over</option>
      </select>
    </label>
    <label>
      Records that are there already
      <select name="upsert">
        <option value="">are refused</option>
        {unique.map((name) => (
          <option key={name} value={name}>
            are changed, known by {label(name)}
          </option>
        ))}
      </select>
    </label>
    <label className="check">
      <input name="dry_run" type="checkbox" /> Only say what would come of it
    </label>
  </>
)

/** Takes a file of records, and tells what became of each row that could not be written. */
const ImportDialog = ({ resource, onClose }: { resource: DescribedResource; onClose: () => void }) => {
  const [report, setReport] = useState<Report>()
  const [isBusy, setBusy] = useState(false)
  const refresh = useRefresh()
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    setBusy(true)
    try {
      setReport(await send(resource.path, new FormData(event.currentTarget)))
    } catch (error) {
      setReport({ failures: [], message: (error as Error).message })
    }
    setBusy(false)
    refresh()
  }

  return (
    <Dialog title={`Import ${label(resource.name)}`} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <Choices
          unique={['id', ...resource.fields.filter(({ isUnique }) => isUnique).map(({ name }) => name)]}
        />
        <div className="buttons">
          <button type="submit" className="primary" disabled={isBusy}>
            Import
          </button>
          <button type="button" onClick={onClose}>
            Close
          </button>
        </div>
      </form>
      {report && <ReportOf report={report} />}
    </Dialog>
  )
}
export default ImportDialog
