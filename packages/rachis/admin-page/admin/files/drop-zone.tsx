import type { ChangeEvent, DragEvent } from 'react'
import { useState } from 'react'
import type { FileLimits } from '../data/files'
import { sizeText } from '../data/files'
import type { Sending } from '../data/uploading'
import type { Described } from '../form/field'

const PROGRESS = 1000

interface SendingProps {
  readonly sending: Sending
  readonly cancel: () => void
}
export const Progress = ({ sending: { name, sent, total }, cancel }: SendingProps) => (
  <span className="sending">
    <progress
      aria-label={`Uploading ${name}`}
      max={PROGRESS}
      value={Math.round((sent / Math.max(1, total)) * PROGRESS)}
    />
    <span className="none">
      {name}: {sizeText(sent)} of {sizeText(total)}
    </span>
    <button type="button" onClick={cancel}>
      Cancel
    </button>
  </span>
)

/** `image/png` → `PNG`; a range as it is. */
const typeText = (type: string) =>
  type === 'text/plain' ? 'text' : type.endsWith('*') ? type : type.split('/')[1]!.toUpperCase()

const allowed = ({ types, max_size }: FileLimits, isMany: boolean) =>
  `or drop ${isMany ? 'some' : 'one'} here: ${types.map(typeText).join(', ')}, up to ${sizeText(max_size)}`

interface Props {
  readonly described?: Partial<Described>
  readonly label?: string
  readonly limits: FileLimits | undefined
  readonly isMany: boolean
  readonly isBusy: boolean
  readonly onFiles: (files: readonly File[]) => void
  readonly onBlur?: () => void
}

/** Takes files that are chosen or dropped. */
export const DropZone = ({ described, label, limits, isMany, isBusy, onFiles, onBlur }: Props) => {
  const [isOver, setOver] = useState(false)
  const take = (files: FileList | null) => {
    const found = [...(files ?? [])]
    if (found.length > 0 && !isBusy) onFiles(isMany ? found : found.slice(0, 1))
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    take(event.dataTransfer.files)
  }
  const change = (event: ChangeEvent<HTMLInputElement>) => {
    take(event.target.files)
    // The same file can be chosen again after it was refused.
    event.target.value = ''
  }

  return (
    <span
      className={`drop${isOver ? ' over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <input
        {...described}
        aria-label={label}
        type="file"
        accept={limits?.types.join(',')}
        multiple={isMany}
        disabled={isBusy}
        onChange={change}
        onBlur={onBlur}
      />
      {limits && <span className="none">{allowed(limits, isMany)}</span>}
    </span>
  )
}
