import { randomUUID } from 'crypto'
import { open, rename, rm } from 'fs/promises'
import { Readable } from 'stream'
import { pipeline } from 'stream/promises'
import { createGzip } from 'zlib'
import { parseQueryString } from '../http/http'
import { exportOf } from '../model/forms'
import type { RecordType } from '../model/operation'
import type { ExportAnswer } from '../service/call'
import { argumentsOf } from './arguments'
import type { Progress } from './progress'
import { progressOn } from './progress'
import type { Command } from './project'
import { verifiedModels } from './project'
import { fileTypeOf, keepOutputClean, modelNamed, operationNamed, withApp } from './transfer'

const USAGE =
  'npm run export -- <resource> [<parameter>=<value> …] [--to <file>] [--format csv|ndjson] [--as <email or id of a user>]'

const OPTIONS = { to: { type: 'string' }, format: { type: 'string' }, as: { type: 'string' } } as const

/** `status=active price[$lte]=20` → the query of a list, as that of an address is read. */
const queryOf = (words: readonly string[]): Record<string, unknown> => {
  const parameters = words.map((word) => {
    const at = word.indexOf('=')
    if (at < 1) throw new Error(`${word} is not <parameter>=<value>\nUsage: ${USAGE}`)

    return [word.slice(0, at), word.slice(at + 1)].map(encodeURIComponent).join('=')
  })

  return parseQueryString(parameters.join('&'))
}

/** Parameters of the list are no options: they are written as in an address. */
const parameterHint = (args: readonly string[]) => (option: string) =>
  `Where it is a parameter of the list, write ${option.slice(2)}=${(args.includes(option) && args[args.indexOf(option) + 1]) || '…'}`

const linesIn = (text: string) => text.split('\n').length - 1

/** Lines outside of quotes are records. A part of an export has none but whole ones. */
const csvRecordsIn = (text: string) =>
  text.split('"').reduce((sum, piece, index) => (index % 2 === 0 ? sum + linesIn(piece) : sum), 0)

const COUNTERS: Readonly<Record<RecordType, (text: string) => number>> = {
  'text/csv': csvRecordsIn,
  'application/x-ndjson': linesIn
}

async function* counted({ texts }: ExportAnswer, type: RecordType, progress: Progress) {
  // The names of the columns are the first line of a CSV.
  let done = type === 'text/csv' ? -1 : 0
  for await (const text of texts) {
    done += COUNTERS[type](text)
    progress.update(done)
    yield text
  }
}

/** A reader that closes the pipe once it has enough, as `head` does, ends the export without an error. */
const toOutput = (texts: AsyncIterable<string>): Promise<void> =>
  pipeline(Readable.from(texts, { objectMode: false }), process.stdout, { end: false }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    }
  )

/** The file has its name once all of it is there; until then it has one that no other export of the same file writes to. */
const toFile = async (texts: AsyncIterable<string>, file: string): Promise<void> => {
  const part = `${file}.${randomUUID()}.part`
  const handle = await open(part, 'wx')
  const source = Readable.from(texts, { objectMode: false })
  const packing = file.endsWith('.gz') ? [createGzip()] : []
  try {
    await pipeline([source, ...packing, handle.createWriteStream()])
    await rename(part, file)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

const totalIn = ({ headers }: ExportAnswer): number | undefined => {
  const total = headers['X-Total-Count']

  return total === undefined ? undefined : Number(total)
}

/**
 * Writes the records of a resource that a user may list into a file, or to the standard output: what the export over HTTP answers to them.
 *
 * @example npm run export -- tasks status=pending sort=-due_date --to tasks.csv --as admin@example.com
 * @throws {Error} for what the export is refused with
 */
export const exportCommand: Command = async (project, args) => {
  const { values, positionals } = argumentsOf(args, OPTIONS, USAGE, parameterHint(args))
  const [resource, ...words] = positionals
  const model = modelNamed(await verifiedModels(project), resource, USAGE)
  const operation = exportOf(operationNamed(model, 'find'))
  const type = fileTypeOf(values.to, values.format ?? (values.to === undefined ? 'csv' : undefined))
  const query = queryOf(words)
  const isWatched = process.stderr.isTTY
  if (values.to === undefined) keepOutputClean()
  await withApp(project, values.as, async (app, caller) => {
    const given = { query: isWatched ? { count: 'estimated', ...query } : query }
    const answer = await app.get('exportRecords')(operation, given, caller, type)
    const progress = progressOn(process.stderr, `Exporting ${model.name}`, totalIn(answer))
    const texts = counted(answer, type, progress)
    try {
      await (values.to === undefined ? toOutput(texts) : toFile(texts, values.to))
    } finally {
      progress.stop()
      answer.close()
    }
  })
}
