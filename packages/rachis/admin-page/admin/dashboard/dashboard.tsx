import { useQuery } from '@tanstack/react-query'
import { useDataProvider } from 'ra-core'
import type { FormEvent } from 'react'
import { useState } from 'react'
import type { DescribedOperation, DescribedResource, Schema } from '../data/description'
import { isListed, label, useDescribed, useResources } from '../data/description'
import { ReferenceChoice } from '../form/reference-choice'
import { kindOf, parsed, present } from '../form/schema'
import { Waiting, Wrong } from '../shell/states'
import { ReportView } from './report-view'

/** Milliseconds after which a report that is looked at is asked for anew. */
const ANEW = 60_000
/** Whether nothing has to be given: what has a default need not be. */
const asksNothing = ({ required = [], properties = {} }: Schema) =>
  (required as readonly string[]).every(
    (name) => (properties as Record<string, Schema>)[name]?.default !== undefined
  )

/** Reports that can be asked for without knowing anything. */
export const isDashboard = ({ effect, target, output, input }: DescribedOperation): boolean =>
  effect === 'read' && target === 'collection' && output !== undefined && asksNothing(input as Schema)

const isFigure = (schema: Schema) => ['integer', 'number'].includes(present(schema).schema.type)
const isKey = (name: string) => name === 'id' || name.endsWith('_id')
const propertiesOf = (schema: unknown) =>
  Object.entries(((schema as Schema | undefined)?.properties ?? {}) as Record<string, Schema>)

/** Figures that are asked about something or go into detail come first, then what is drawn, then what has no figures. */
const rankOf = ({ input, output }: DescribedOperation): number => {
  const answered = propertiesOf(output)
  const isDetailed = answered.some(
    ([, schema]) => !isFigure(schema) && present(schema).schema.type !== 'string'
  )
  if (answered.length > 0) return isDetailed || propertiesOf(input).length > 0 ? 0 : 2
  const hasFigures = propertiesOf((output as Schema).items).some(([name, schema]) => !isKey(name) && isFigure(schema)) // prettier-ignore

  return hasFigures ? 1 : 3
}

export const reportsOf = (resources: readonly DescribedResource[]) =>
  resources
    // Those of modules are about the caller, or for the page itself.
    .filter(({ isOwn }) => isOwn)
    .flatMap((resource) => resource.operations.filter(isDashboard).map((report) => ({ resource, report })))
    .sort((a, b) => rankOf(a.report) - rankOf(b.report))

const SIMPLE = ['number', 'text', 'choice', 'date']
/** The parameters that fit on one line. */
const parametersOf = ({ input }: DescribedOperation) =>
  Object.entries(((input as Schema).properties ?? {}) as Record<string, Schema>)
    .map(([name, schema]) => ({ name, schema: present(schema).schema }))
    .filter(({ schema }) => SIMPLE.includes(kindOf(schema)))

const Parameter = ({ name, schema }: { name: string; schema: Schema }) => {
  const target = useDescribed(schema['x-references'] as string | undefined)
  if (target && isListed(target)) return <ReferenceChoice name={name} label={label(name)} resource={target} />

  return (
    <label>
      {label(name)}{' '}
      <input
        name={name}
        size={8}
        inputMode={kindOf(schema) === 'number' ? 'numeric' : undefined}
        defaultValue={String(schema.default ?? '')}
      />
    </label>
  )
}

interface ParametersProps {
  readonly report: DescribedOperation
  readonly onChange: (input: object) => void
}
const Parameters = ({ report, onChange }: ParametersProps) => {
  const parameters = parametersOf(report)
  if (parameters.length === 0) return null
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    const entries = parameters.map(({ name, schema }) => [name, parsed(kindOf(schema), String(given.get(name) ?? ''), false)]) // prettier-ignore
    onChange(Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as object)
  }

  return (
    <form className="buttons" onSubmit={submit}>
      {parameters.map(({ name, schema }) => (
        <Parameter key={name} name={name} schema={schema} />
      ))}
      <button type="submit">Show</button>
    </form>
  )
}

interface CardProps {
  readonly resource: DescribedResource
  readonly report: DescribedOperation
}
const Card = ({ resource, report }: CardProps) => {
  const provider = useDataProvider()
  const [input, setInput] = useState<object>({})
  const { data, error } = useQuery<unknown>({
    queryKey: [resource.name, report.name, input],
    queryFn: () => provider.call(resource.name, report.name, input),
    refetchInterval: ANEW,
    placeholderData: (before: unknown) => before
  })

  return (
    <section className="card" aria-label={`${label(resource.name)}: ${label(report.name)}`}>
      <h3>
        {label(resource.name)}: {label(report.name).toLowerCase()}
      </h3>
      <p className="none">{report.summary}</p>
      <Parameters report={report} onChange={setInput} />
      {error && <Wrong error={error} />}
      {!error &&
        (data === undefined ? (
          <Waiting />
        ) : (
          <ReportView title={report.name} value={data} schema={report.output as Schema} />
        ))}
    </section>
  )
}

/** The figures of every report that the caller may ask for. */
const Dashboard = () => (
  <div className="dashboard">
    {reportsOf(useResources()).map(({ resource, report }) => (
      <Card key={`${resource.name}.${report.name}`} resource={resource} report={report} />
    ))}
  </div>
)
export default Dashboard
