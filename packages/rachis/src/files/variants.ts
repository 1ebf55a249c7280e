import { Readable } from 'stream'
import type Sharp from 'sharp'
import { validationError } from '../errors/errors'
import type { Logger } from '../util/logger'
import type { FileRow } from './file-row'
import type { FileStorage } from './storage/storage'
import { MissingBytes, variantKey } from './storage/storage'

/** A smaller picture. Pixels; where both are given, what is outside of `cover` is cut off. */
export interface Variant {
  readonly width?: number
  readonly height?: number
  readonly fit?: 'cover' | 'contain' | 'inside'
}
/** By their names, in snake_case. */
export type Variants = Readonly<Record<string, Variant>>

/** Of a picture that is made smaller. More would take more memory than one request is worth. */
const MAX_PIXELS = 50_000_000
/** Of the original, all of which is in memory while it is made smaller. */
const MAX_BYTES = 50_000_000
const PICTURES = ['image/png', 'image/jpeg', 'image/webp', 'image/avif', 'image/gif']

const load = (): typeof Sharp => {
  try {
    return require('sharp') as typeof Sharp
  } catch (cause) {
    throw new Error('files({ variants }) needs a package that is not installed: npm install sharp', { cause })
  }
}

/**
 * Loads what variants are made by.
 *
 * @throws {Error} where variants are declared and sharp is not installed, or a name or a size is wrong
 */
export const assertVariants = (variants: Variants): void => {
  for (const [name, { width, height }] of Object.entries(variants)) {
    const sizes = [width, height].filter((size) => size !== undefined)
    const isRight =
      sizes.length > 0 && sizes.every((size) => Number.isInteger(size) && size > 0 && size <= 4096)
    if (!/^[a-z][a-z0-9_]{0,30}$/.test(name) || !isRight)
      throw new Error(
        `The variant ${name} needs a name in snake_case, and a width or a height from 1 to 4096`
      )
  }
  if (Object.keys(variants).length > 0) load()
}

const read = async (bytes: Readable): Promise<Buffer> => Buffer.concat(await bytes.toArray())

const draw = (original: Buffer, { width, height, fit = 'cover' }: Variant): Promise<Buffer> =>
  load()(original, { limitInputPixels: MAX_PIXELS, failOn: 'error' })
    .rotate()
    .resize({ width, height, fit, withoutEnlargement: true })
    .webp()
    .toBuffer()

const refused = (message: string, rule: string, expected?: string | number) =>
  validationError([{ field: 'variant', message, rule, ...(expected === undefined ? {} : { expected }) }])

export interface PictureOptions {
  readonly storage: FileStorage
  readonly variants: Variants
  /** Works while the row of this file cannot be removed; not at all where there is none. */
  readonly whileThere: (id: string, work: () => Promise<void>) => Promise<void>
  readonly logger: Pick<Logger, 'warn'>
}

/** Makes the variants of pictures. */
export class Pictures {
  /** Variants that are being made, by their keys: asked for by many at once, one is made once. */
  private readonly making = new Map<string, Promise<Buffer>>()

  constructor(private readonly options: PictureOptions) {}

  /**
   * The bytes of a variant as WebP. It is made at the first request and kept beside the original, with which it goes. What a camera wrote into the
   * original, such as the place, is not in it.
   *
   * @throws {ApiError} VALIDATION_ERROR for a variant that is not declared, or a file that is no picture, too large, or none that can be read
   * @throws {MissingBytes} Where the original is lost
   */
  async variantOf({ id, type, size }: FileRow, name: string): Promise<Buffer> {
    const { variants } = this.options
    const variant = Object.hasOwn(variants, name) ? variants[name] : undefined
    if (!variant) throw refused('is not declared', 'enum', Object.keys(variants).join(', ') || 'none')
    if (!PICTURES.includes(type)) throw refused('is of pictures only', 'type', PICTURES.join(', '))
    if (Number(size) > MAX_BYTES) throw refused('is of smaller files only', 'maximum', MAX_BYTES)
    const key = variantKey(id, name)
    const made = this.making.get(key) ?? this.keptOrMade(id, key, variant)
    this.making.set(key, made)

    return made.finally(() => this.making.delete(key))
  }

  private async keptOrMade(id: string, key: string, variant: Variant): Promise<Buffer> {
    const { storage } = this.options
    const kept = await storage.get(key).catch((error: unknown) => {
      if (error instanceof MissingBytes) return undefined
      throw error
    })
    if (kept) return read(kept)
    const original = await read(await storage.get(id))
    const made = await draw(original, variant).catch(() => {
      throw refused('cannot be made of this file', 'readable')
    })
    await this.keep(id, key, made).catch((error: unknown) => {
      this.options.logger.warn({ err: error }, 'A variant of a picture was not kept')
    })

    return made
  }

  /** The file may have been removed while the variant was made: its bytes are gone then, and nobody would remove these. */
  private keep(id: string, key: string, made: Buffer): Promise<void> {
    const { storage, whileThere } = this.options
    return whileThere(id, () => storage.put(key, Readable.from([made])))
  }
}
