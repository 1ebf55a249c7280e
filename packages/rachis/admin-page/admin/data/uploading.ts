import { useRef, useState, useSyncExternalStore } from 'react'
import type { UploadedFile } from 'rachis/client'
import { client, told } from './client'

/** Uploads of this page that are on their way. */
let count = 0
const listeners = new Set<() => void>()
const add = (difference: number) => {
  count += difference
  for (const listener of listeners) listener()
}
const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Whether a form has to wait for files that its fields are to refer to. */
export const useIsUploading = (): boolean => useSyncExternalStore(subscribe, () => count > 0)

/** The file that is sent now. */
export interface Sending {
  readonly name: string
  readonly sent: number
  readonly total: number
}

/** Uploads files one after the other, and says how far the one is that is sent. */
export const useUploads = (field?: string) => {
  const [sending, setSending] = useState<Sending>()
  const leaving = useRef<AbortController>(undefined)

  /** @throws HttpError what the server refuses */
  const upload = async (file: File): Promise<UploadedFile> => {
    const { signal } = (leaving.current = new AbortController())
    const onProgress = (progress: { sent: number; total: number }) => setSending({ name: file.name, ...progress })
    add(1)
    try {
      return await told(client.upload(file, { signal, onProgress, ...(field === undefined ? {} : { field }) }))
    } finally {
      add(-1)
      setSending(undefined)
    }
  } // prettier-ignore

  return { sending, upload, cancel: () => leaving.current?.abort() }
}

/** Whether it was the user who ended an upload. */
export const isCancelled = (error: unknown): boolean => (error as Error).name === 'AbortError'
