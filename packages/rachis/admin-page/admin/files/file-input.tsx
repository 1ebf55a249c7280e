import { useState } from 'react'
import { useFormContext } from 'react-hook-form'
import type { DescribedResource } from '../data/description'
import { useLimits } from '../data/files'
import { isCancelled, useUploads } from '../data/uploading'
import type { InputProps } from '../form/inputs'
import { ReferenceInput } from '../form/reference-input'
import { DropZone, Progress } from './drop-zone'
import { FileShown } from './file-shown'

export interface FileInputProps extends InputProps {
  /** Of the resource that the form is of, such as `posts.picture_id`. */
  readonly field: string
  /** The resource of files, where one that is there can be looked for. */
  readonly files: DescribedResource
  readonly isMany: boolean
}

const idsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? (value as string[]) : value ? [String(value)] : []

/** Sends files one by one; what is refused is said at the field, and those before it are kept. */
const useTaking = (props: FileInputProps, ids: readonly string[]) => {
  const { name, isMany, onChange } = props
  const limits = useLimits(props.field)
  const { setError, clearErrors } = useFormContext()
  const { sending, upload, cancel } = useUploads(limits?.field)
  const take = async (files: readonly File[]) => {
    clearErrors(name)
    const made: string[] = []
    try {
      for (const file of files) {
        made.push((await upload(file)).id)
        onChange(isMany ? [...ids, ...made] : made[0])
      }
    } catch (error) {
      if (!isCancelled(error)) setError(name, { type: 'upload', message: (error as Error).message })
    }
  }

  return { limits, sending, cancel, take }
}

interface ChosenProps {
  readonly ids: readonly string[]
  readonly onRemove?: (id: string) => void
}
const Chosen = ({ ids, onRemove }: ChosenProps) => (
  <ul className="chosen">
    {ids.map((id) => (
      <li key={id}>
        <FileShown id={id} />
        {onRemove && (
          <button type="button" onClick={() => onRemove(id)}>
            Take away
          </button>
        )}
      </li>
    ))}
  </ul>
)

/** A file that was uploaded before. */
const Another = ({ files, ...props }: FileInputProps) => {
  const [isOpen, setOpen] = useState(false)
  const described = { id: `${props.described.id}-other`, 'aria-invalid': false, 'aria-describedby': undefined } // prettier-ignore

  return (
    <>
      <button type="button" className="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        Take one that is there
      </button>
      {isOpen && (
        <label>
          <span className="hidden">A file that is there</span>
          <ReferenceInput {...props} described={described} resource={files} />
        </label>
      )}
    </>
  )
}

/** Chooses a file, or several, and uploads them: the field has the id once the server has the file. */
export const FileInput = (props: FileInputProps) => {
  const { described, value, onChange, onBlur, isMany, isNullable, isRequired } = props
  const ids = idsOf(value)
  const { limits, sending, cancel, take } = useTaking(props, ids)
  const remove = (id: string) => onChange(isMany ? ids.filter((one) => one !== id) : isNullable ? null : undefined) // prettier-ignore
  const mayBeNone = isMany || isNullable || !isRequired

  return (
    <div className="files">
      {ids.length > 0 && <Chosen ids={ids} {...(mayBeNone ? { onRemove: remove } : {})} />}
      <DropZone
        described={described}
        limits={limits}
        isMany={isMany}
        isBusy={sending !== undefined}
        onFiles={(files) => void take(files)}
        onBlur={onBlur}
      />
      {sending && <Progress sending={sending} cancel={cancel} />}
      {!isMany && <Another {...props} />}
    </div>
  )
}
