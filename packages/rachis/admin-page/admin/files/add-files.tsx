import { useDataProvider, useNotify, useRefresh } from 'ra-core'
import type { Id } from '../data/client'
import type { DescribedResource } from '../data/description'
import { fieldOf, operation } from '../data/description'
import { FILES, useLimits, useMayUpload } from '../data/files'
import { isCancelled, useUploads } from '../data/uploading'
import { DropZone, Progress } from './drop-zone'

interface Props {
  readonly label: string
  readonly field?: string
  /** What becomes of each file once the server has it. */
  readonly onUploaded?: (id: string) => Promise<unknown>
}

/** Uploads several files, and says of each that is refused why. */
export const AddFiles = ({ label, field, onUploaded }: Props) => {
  const limits = useLimits(field)
  const { sending, upload, cancel } = useUploads(limits?.field)
  const [notify, refresh] = [useNotify(), useRefresh()]
  const addOne = async (file: File) => {
    try {
      const { id } = await upload(file)
      await onUploaded?.(id)
    } catch (error) {
      if (!isCancelled(error)) notify(`${file.name}: ${(error as Error).message}`, { type: 'error' })
    }
  }
  const add = async (files: readonly File[]) => {
    for (const file of files) await addOne(file)
    refresh()
  }

  return (
    <div className="files">
      <DropZone label={label} limits={limits} isMany isBusy={sending !== undefined} onFiles={(files) => void add(files)} />
      {sending && <Progress sending={sending} cancel={cancel} />}
    </div>
  )
} // prettier-ignore

/** The one field of files of a resource whose records need nothing else besides what they belong to. */
const fileFieldOf = (target: DescribedResource, parent: string): string | undefined => {
  const { properties = {}, required = [] } = (operation(target, 'create')?.input ?? {}) as { properties?: Record<string, object>; required?: readonly string[] } // prettier-ignore
  const found = Object.keys(properties).filter((name) => fieldOf(target, name)?.references === FILES)
  const isEnough = required.every((name) => name === parent || found.includes(name))

  return found.length === 1 && isEnough && parent in properties ? found[0] : undefined
}

interface ListProps {
  /** Of the records that refer to files, such as the pictures of a post. */
  readonly target: DescribedResource
  /** Its field that refers to the record that is shown. */
  readonly parent: string
  readonly id: Id
}

/** Adds files to a list of them that belongs to a record: a record of its own for each. */
export const AddToList = ({ target, parent, id }: ListProps) => {
  const provider = useDataProvider()
  const mayUpload = useMayUpload()
  const field = fileFieldOf(target, parent)
  if (field === undefined || !mayUpload) return null
  const create = (file: string) => provider.create(target.name, { data: { [parent]: id, [field]: file } })

  return <AddFiles label="Add files" field={`${target.name}.${field}`} onUploaded={create} />
}
