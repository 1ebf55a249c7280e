import { useNotify } from 'ra-core'
import { useEffect, useState } from 'react'
import type { ShownFile } from '../data/files'
import { download, sizeText, useFile, usePicture } from '../data/files'

const useAddress = (bytes: Blob | undefined): string | undefined => {
  const [address, setAddress] = useState<string>()
  useEffect(() => {
    if (!bytes) return setAddress(undefined)
    const made = URL.createObjectURL(bytes)
    setAddress(made)
    return () => URL.revokeObjectURL(made)
  }, [bytes])

  return address
}

/** Pixels of a picture in a list and by itself, as the style has them. */
const WIDTHS = { small: 40, large: 320 } as const
type Size = keyof typeof WIDTHS

const Picture = ({ file, size }: { file: ShownFile; size: Size }) => {
  const address = useAddress(usePicture(file, WIDTHS[size]))
  return address ? <img className={`picture ${size}`} src={address} alt="" /> : null
}

const Download = ({ file, text }: { file: ShownFile; text: string }) => {
  const notify = useNotify()
  const failed = (error: unknown) => notify((error as Error).message, { type: 'error' })

  return (
    <button
      type="button"
      className="quiet download"
      aria-label={`Download ${file.name}`}
      onClick={() => void download(file).catch(failed)}
    >
      {text}
    </button>
  )
}

interface Props {
  readonly id: string
  readonly size?: Size
  /** In place of the name, where that is shown beside it. */
  readonly text?: string
}

/** An uploaded file: a picture of it where it is one, and its name, by which it is downloaded. */
export const FileShown = ({ id, size = 'small', text }: Props) => {
  const { data: file, error } = useFile(id)
  if (error) return <span className="none">not there</span>
  if (!file) return <span className="none">…</span>

  return (
    <span className="file">
      <Picture file={file} size={size} />
      <Download file={file} text={text ?? file.name} /> <span className="none">{sizeText(file.size)}</span>
    </span>
  )
}
