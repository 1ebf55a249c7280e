import { constants, createReadStream } from 'fs'
import { access } from 'fs/promises'
import { spool } from '../http/spool'
import { importOf } from '../model/forms'
import type { ImportReport } from '../model/import-report'
import type { ImportProgress, RecordFile } from '../service/call'
import { argumentsOf } from './arguments'
import { print } from './print'
import type { Progress } from './progress'
import { progressOn } from './progress'
import type { Command, Project } from './project'
import { verifiedModels } from './project'
import { errorObject, failureLine, fileTypeOf, modelNamed, operationNamed, withApp } from './transfer'

const USAGE =
  'npm run import -- <resource> <file, or - for the standard input> [--upsert <field>] [--on-error abort|skip] [--dry-run] [--json] [--format csv|ndjson] [--as <email or id of a user>]'

const OPTIONS = {
  upsert: { type: 'string' },
  'on-error': { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  format: { type: 'string' },
  as: { type: 'string' }
} as const

/** Some records were passed over: the others are there. */
const SOME_FAILED = 2

/** Received as the body of a request is: into a file of its own, within the same limits. */
const fileFrom = (name: string, type: RecordFile['type'], limit: number): RecordFile => ({
  type,
  receive: () =>
    spool(
      name === '-' ? process.stdin : createReadStream(name),
      name.endsWith('.gz') ? 'gzip' : undefined,
      limit
    )
})

/** Begins with the first that is told: before it the number of records is not known. */
const barOf = (label: string) => {
  let progress: Progress | undefined

  return {
    onProgress({ rows, done, failed }: ImportProgress) {
      progress ??= progressOn(process.stderr, label, rows)
      progress.update(done, failed > 0 ? `${failed} failed` : '')
    },
    stop: () => progress?.stop()
  }
}

const linesOf = (report: ImportReport): string[] => {
  const { rows, created, updated, unchanged, failed, ignored, failures, dry_run } = report
  const counts = `${rows} records: ${created} created, ${updated} updated, ${unchanged} unchanged, ${failed} failed`

  return [
    dry_run ? `${counts}. It was a dry run: nothing of it was kept.` : counts,
    ...(ignored.length > 0 ? [`Columns that only the server writes: ${ignored.join(', ')}`] : []),
    ...failures.map(failureLine)
  ]
}

/** @throws {Error} where the file is not there, or may not be read */
const assertReadable = (name: string): Promise<void> =>
  access(name, constants.R_OK).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      error.code === 'ENOENT' ? `There is no file ${name}` : `${name} cannot be read (${error.code})`
    )
  })

type Values = ReturnType<typeof argumentsOf<typeof OPTIONS>>['values']

const importFile = async (
  project: Project,
  values: Values,
  [resource, name, ...others]: readonly string[]
) => {
  const model = modelNamed(await verifiedModels(project), resource, USAGE)
  if (name === undefined || others.length > 0) throw new Error(`Usage: ${USAGE}`)
  const operation = importOf(operationNamed(model, 'create'))
  if (!operation) throw new Error(`${model.name} are created by code of their own, and take no files`)
  const type = fileTypeOf(name, values.format)
  if (name !== '-') await assertReadable(name)
  const query = {
    ...(values.upsert === undefined ? {} : { upsert: values.upsert }),
    ...(values['on-error'] === undefined ? {} : { on_error: values['on-error'] }),
    dry_run: String(values['dry-run'])
  }
  await withApp(project, values.as, async (app, caller) => {
    const file = fileFrom(name, type, app.get('imports').max_bytes)
    const { onProgress, stop } = barOf(`Importing ${model.name}`)
    const given = { query, file, onProgress }
    const { body } = await app.get('importRecords')(operation, given, caller).finally(stop)
    const report = body as ImportReport
    for (const line of values.json ? [JSON.stringify(report)] : linesOf(report)) print(line)
    if (report.failed > 0) process.exitCode = SOME_FAILED
  })
}

/**
 * Writes the records of a file as a user who may: what the import over HTTP does for them. It ends with 1 where nothing was written since
 * something of it is refused, and with 2 where some records were passed over. With `--json` the standard output has the report, or the error
 * object that the import over HTTP answers, while the sentence still goes to the standard error.
 *
 * @example npm run import -- categories categories.csv --upsert slug --on-error skip --as admin@example.com
 * @throws {Error} for what the import is refused with
 */
export const importCommand: Command = async (project, args) => {
  const { values, positionals } = argumentsOf(args, OPTIONS, USAGE)
  try {
    await importFile(project, values, positionals)
  } catch (error) {
    if (values.json) print(JSON.stringify(errorObject(error)))
    throw error
  }
}
