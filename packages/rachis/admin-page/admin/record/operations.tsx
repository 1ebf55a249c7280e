import { useDelete, useNotify, useRedirect } from 'ra-core'
import { isAllowed } from '../data/allowed'
import type { Row } from '../data/client'
import type { DescribedOperation, DescribedResource } from '../data/description'
import { operation } from '../data/description'
import { DeleteButton } from '../shell/confirm'
import { OperationButton } from './operation-button'
import { nameOf } from './value'

interface Props {
  readonly resource: DescribedResource
  readonly record: Row
}

const useRemove = ({ resource, record }: Props) => {
  const [remove] = useDelete()
  const [notify, redirect] = [useNotify(), useRedirect()]

  return () =>
    void remove(
      resource.name,
      { id: record.id, previousData: record },
      {
        mutationMode: 'pessimistic',
        onSuccess: () => {
          notify('ra.notification.deleted')
          redirect('list', resource.name)
        },
        onError: (error) => notify((error as Error).message, { type: 'error' })
      }
    )
}

const Delete = (props: Props) => {
  const { resource, record } = props

  return (
    <DeleteButton title={`Delete ${nameOf(resource, record)}?`} onConfirm={useRemove(props)}>
      {resource.softDelete ? 'It can be brought back.' : 'It is gone then.'}
    </DeleteButton>
  )
}

/** Operations that have a place of their own on the page. */
const PLACED = ['create', 'update', 'patch', 'remove', 'restore', 'patch_many', 'remove_many']

/** Actions and steps. */
export const actionsOn = ({ operations }: DescribedResource, target: DescribedOperation['target']) =>
  operations.filter((one) => one.effect === 'write' && one.target === target && !PLACED.includes(one.name))

/** What can be done with a record besides reading and editing it, where the rules and its state allow it. */
export const Operations = ({ resource, record }: Props) => {
  const remove = operation(resource, 'remove')

  return (
    <>
      {actionsOn(resource, 'record')
        .filter((one) => isAllowed(resource, one, record))
        .map((one) => (
          <OperationButton key={one.name} resource={resource} operation={one} id={record.id} />
        ))}
      {remove && isAllowed(resource, remove, record) && <Delete resource={resource} record={record} />}
    </>
  )
}
