import { useQuery } from '@tanstack/react-query'
import type { Untyped } from './client'
import { client, request, service, told } from './client'
import { operation, useDescribed } from './description'

/** The resource of uploaded files. A field that refers to it is one of files. */
export const FILES = 'files'

interface Variant {
  readonly name: string
  readonly width?: number
  readonly height?: number
}
/** What files may be: those of a field where one is named. */
export interface FileLimits {
  readonly field?: string
  readonly types: readonly string[]
  readonly max_size: number
  readonly variants: readonly Variant[]
}

const limitsOf = async (field: string | undefined): Promise<FileLimits> => {
  const query = field === undefined ? '' : `?field=${encodeURIComponent(field)}`
  const limits = (await (await request(`/files/limits${query}`)).json()) as FileLimits

  return { ...limits, ...(field === undefined ? {} : { field }) }
}

/** Of a field of files; of any file where there is no such field, as in an input of own code. */
export const useLimits = (field?: string): FileLimits | undefined =>
  useQuery({
    queryKey: [FILES, 'limits', field],
    queryFn: () => limitsOf(field).catch(() => limitsOf(undefined)),
    staleTime: Infinity
  }).data

/** Whether the caller may upload. */
export const useMayUpload = (): boolean => {
  const uploads = useDescribed('uploads')
  return uploads !== undefined && operation(uploads, 'create') !== undefined
}

/** A file as far as answers to requests for its bytes say it. */
export interface ShownFile {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly size: number
}

export const contentPath = (id: string, variant?: string): string =>
  `/files/${encodeURIComponent(id)}/content${variant === undefined ? '' : `?variant=${variant}`}`

/** `attachment; filename="tea.png"; filename*=UTF-8''Tee%20%E2%98%95.png` */
const nameIn = (disposition: string): string => {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1]
  if (encoded !== undefined) return decodeURIComponent(encoded)

  return /filename="?([^";]+)"?/.exec(disposition)?.[1] ?? 'file'
}

const describedBy = async (id: string): Promise<ShownFile> => {
  const { headers } = await request(contentPath(id), { method: 'HEAD' })
  const header = (name: string) => headers.get(name) ?? ''

  return { id, name: nameIn(header('Content-Disposition')), type: header('Content-Type').split(';')[0]!, size: Number(header('Content-Length')) } // prettier-ignore
}

/** A file whose bytes the caller may have; a file never changes. */
export const useFile = (id: string) =>
  useQuery({ queryKey: [FILES, 'described', id], queryFn: () => describedBy(id), staleTime: Infinity })

/** Pictures that browsers show. */
const PICTURES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/avif']
/** Bytes of a picture that is shown without a smaller variant of it. */
const MOST = 5_000_000

/** The smallest variant that fills a width; else the largest. */
const variantFor = (variants: readonly Variant[], width: number): Variant | undefined => {
  const sized = variants
    .map((one) => ({ one, width: one.width ?? one.height ?? 0 }))
    .sort((a, b) => a.width - b.width)

  return (sized.find((one) => one.width >= width) ?? sized.at(-1))?.one
}

/** The bytes of a picture, or of a variant of it; undefined for what is no picture, or too large to be shown. */
export const usePicture = (file: ShownFile | undefined, width: number): Blob | undefined => {
  const limits = useLimits()
  const variant = limits && variantFor(limits.variants, width)?.name
  const isShown = file !== undefined && PICTURES.includes(file.type) && (variant !== undefined || file.size <= MOST) // prettier-ignore

  return useQuery({
    queryKey: [FILES, 'picture', file?.id, variant],
    queryFn: async () => (await request(contentPath(file!.id, variant))).blob(),
    enabled: limits !== undefined && isShown,
    staleTime: Infinity
  }).data
}

/** Where the browser fetches a file by itself: by a link that lends the caller's rights for a minute, since no header can be sent with it. */
const addressOf = async (id: string): Promise<string> => {
  const path = `/api/v1${contentPath(id)}`
  if (!client.session) return path
  const { url } = (await told(service('auth').links!({ path, expires_in: 60 }))) as Untyped

  return url as string
}

/** Has the browser save a file, however large it is. */
export const download = async ({ id, name }: ShownFile): Promise<void> => {
  const link = document.createElement('a')
  link.href = await addressOf(id)
  link.download = name
  link.click()
}

/** `34567` → `34 KB` */
export const sizeText = (bytes: number): string => {
  const [unit, divisor] = bytes >= 1e6 ? (['megabyte', 1e6] as const) : (['kilobyte', 1e3] as const)
  const digits = bytes / divisor < 10 ? 1 : 0

  return (bytes / divisor).toLocaleString(undefined, { style: 'unit', unit, maximumFractionDigits: digits })
}
