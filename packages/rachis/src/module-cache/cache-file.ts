import fs from 'fs'
import v8 from 'v8'
import { crc32 } from 'zlib'

/** By the folder of who asks, what was asked for, and the file that it is. */
export type Resolutions = Readonly<Record<string, Readonly<Record<string, string>>>>

/** What V8 made of a text, by its place among the bytes, and the length and the checksum of that text. */
export interface StoredCode {
  readonly start: number
  readonly end: number
  readonly length: number
  readonly checksum: number
}

export interface StoredIndex {
  readonly resolutions: Resolutions
  /** The state of each place that the resolutions depend on. */
  readonly states: Readonly<Record<string, string>>
  readonly codes: Readonly<Record<string, StoredCode>>
}

export interface Stored extends StoredIndex {
  readonly bytes: Buffer
}

const NOTHING: Stored = { resolutions: {}, states: {}, codes: {}, bytes: Buffer.alloc(0) }
/** The length of the index and the checksum of all behind it, four bytes each. */
const HEADER = 8
/** V8 copies what does not begin at such a place. */
const ALIGNMENT = 8

const paddingOf = (length: number) => (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT

/** What is made by another Node, or with other options of it, is another program. */
const versionOf = (): string =>
  JSON.stringify([
    process.version,
    process.platform,
    process.arch,
    v8.cachedDataVersionTag(),
    process.execArgv,
    ...['NODE_OPTIONS', 'NODE_PATH', 'NODE_PRESERVE_SYMLINKS'].map((name) => process.env[name] ?? '')
  ])

const parse = (file: Buffer): Stored => {
  const start = HEADER + file.readUInt32LE(0)
  if (file.readUInt32LE(4) !== crc32(file.subarray(HEADER))) return NOTHING
  const { version, ...index } = JSON.parse(file.toString('utf8', HEADER, start)) as StoredIndex & {
    version: string
  }

  return version === versionOf() ? { ...index, bytes: file.subarray(start) } : NOTHING
}

/** What is stored in a file; nothing where it is missing, damaged, or made by another Node. */
export const readStored = (file: string): Stored => {
  try {
    return parse(fs.readFileSync(file))
  } catch {
    return NOTHING
  }
}

const serialize = (index: StoredIndex, bytes: readonly Buffer[]): Buffer => {
  const text = JSON.stringify({ version: versionOf(), ...index })
  const padding = ' '.repeat(paddingOf(HEADER + Buffer.byteLength(text)))
  const header = Buffer.alloc(HEADER)
  const file = Buffer.concat([header, Buffer.from(text + padding), ...bytes])
  file.writeUInt32LE(Buffer.byteLength(text + padding), 0)
  file.writeUInt32LE(crc32(file.subarray(HEADER)), 4)

  return file
}

/** Who reads meanwhile gets the old file or the new one. Where nothing can be written, nothing is. @param file in a folder that is there */
export const writeStored = async (
  file: string,
  index: StoredIndex,
  bytes: readonly Buffer[]
): Promise<void> => {
  const written = `${file}.${process.pid}`
  try {
    await fs.promises.writeFile(written, serialize(index, bytes))
    await fs.promises.rename(written, file)
  } catch {
    await fs.promises.rm(written, { force: true }).catch(() => undefined)
  }
}

/** Puts pieces behind one another, each where V8 can read it in place. */
export const placed = (pieces: readonly Buffer[]): { starts: number[]; bytes: Buffer[] } => {
  let end = 0
  const starts = pieces.map(({ length }) => {
    const start = end
    end += length + paddingOf(length)
    return start
  })

  return { starts, bytes: pieces.flatMap((piece) => [piece, Buffer.alloc(paddingOf(piece.length))]) }
}
