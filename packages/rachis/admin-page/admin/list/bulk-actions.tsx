import { useDeleteMany, useListContext, useNotify, useRefresh } from 'ra-core'
import { isAllowed } from '../data/allowed'
import type { Id, Row } from '../data/client'
import { service, told } from '../data/client'
import type { DescribedOperation, DescribedResource } from '../data/description'
import { label, operation, useDescribed } from '../data/description'
import { actionsOn } from '../record/operations'
import { DeleteButton } from '../shell/confirm'

/** Whether there is anything that can be done with several records at once. */
export const hasBulkActions = (resource: DescribedResource): boolean =>
  operation(resource, 'remove') !== undefined || together(resource).length > 0

const asksNothing = ({ input }: DescribedOperation) =>
  Object.keys((input.properties ?? {}) as object).every((name) => name === 'id')

/** Actions and steps that take nothing but the record, and so can be taken for several at once. */
const together = (resource: DescribedResource) => actionsOn(resource, 'record').filter(asksNothing)

interface Props {
  readonly resource: DescribedResource
}

/** One step for all of the chosen records, or for none of them. Of records that count their changes each has to be as it is shown. */
const StepMany = ({ resource, step }: Props & { step: DescribedOperation }) => {
  const { data = [], selectedIds, onUnselectItems } = useListContext<Row>()
  const [notify, refresh] = [useNotify(), useRefresh()]
  const call = (id: Id) => {
    const version = data.find((record) => record.id === id)?.version
    const path = step.path.replace('{id}', encodeURIComponent(id))

    return { method: step.method, path, body: {}, ...(version === undefined ? {} : { if_match: `"${String(version)}"` }) } // prettier-ignore
  }
  const run = async () => {
    try {
      await told(service('batch').execute!({ operations: (selectedIds as Id[]).map(call) }))
      notify(`${label(step.name)}: ${selectedIds.length} done`)
      onUnselectItems()
      refresh()
    } catch (error) {
      notify((error as Error).message, { type: 'error' })
    }
  }
  const isPossible = data.filter(({ id }) => selectedIds.includes(id)).every((record) => isAllowed(resource, step, record)) // prettier-ignore

  return (
    <button type="button" disabled={!isPossible} title={step.summary} onClick={() => void run()}>
      {label(step.name)}
    </button>
  )
}

const Steps = ({ resource }: Props) =>
  useDescribed('batch') &&
  together(resource).map((step) => <StepMany key={step.name} resource={resource} step={step} />)

const DeleteMany = ({ resource }: { resource: DescribedResource }) => {
  const { selectedIds, onUnselectItems } = useListContext()
  const [deleteMany] = useDeleteMany()
  const notify = useNotify()
  const run = () => {
    const settled = {
      onSuccess: () => {
        notify(`${selectedIds.length} deleted`)
        onUnselectItems()
      },
      onError: (error: unknown) => notify((error as Error).message, { type: 'error' as const })
    }
    void deleteMany(resource.name, { ids: selectedIds }, { mutationMode: 'pessimistic', ...settled })
  }

  return (
    <DeleteButton title={`Delete ${selectedIds.length}?`} onConfirm={run}>
      All of them are deleted, or none.
    </DeleteButton>
  )
}

/** What can be done with the records that were chosen. */
export const BulkActions = ({ resource }: { resource: DescribedResource }) => {
  const { selectedIds, onUnselectItems } = useListContext()
  if (selectedIds.length === 0) return null

  return (
    <div className="bulk" role="region" aria-label="Chosen records">
      <span>{selectedIds.length} chosen</span>
      <Steps resource={resource} />
      {operation(resource, 'remove') && <DeleteMany resource={resource} />}
      <button type="button" onClick={() => onUnselectItems()}>
        Choose none
      </button>
    </div>
  )
}
