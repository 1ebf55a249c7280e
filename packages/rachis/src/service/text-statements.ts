import type { Model } from '../model/model'
import type { ReadPage } from '../model/pages'
import { linkHeader, listAddress, pageFormOf, totalSeen } from '../model/pages'
import { readerOf } from '../query/query'
import type { User } from '../rules/policy'
import type { Row } from '../sql/database'
import type { TextPage, TextRow } from '../sql/json-rows'
import type { Statement } from '../sql/where'
import { EncodedText } from '../util/encoded-text'
import { respelled, respelledPieces } from '../util/respelled'
import { readParts, readResources } from './cached-reads'
import { carrySelection, selectionFrom } from './call-selection'
import type { Given } from './call'
import { assertOfAnswer } from './hooks/answer-query'
import { recordIdOf } from './hooks/validate'
import { queryParser } from './hooks/validate-query'
import type { AccessParams } from './service-params'
import { notFound, selectPageText, selectRecordText } from './service-query'
import { targetOf } from './target'

/** Who reads, and what they may read. */
export interface TextReader {
  readonly user: User
  readonly access: AccessParams
  /** The version of the API that is read in. */
  readonly version?: number
}

/** The body of an answer, as JSON, and its header `Link`. */
export interface TextBody {
  readonly text: string
  /** The text, of an answer that may be sent again. */
  readonly encoded?: EncodedText
  readonly link?: string
  /** The records that it has. */
  readonly rows?: number
}

/** A read that is ready to be sent. */
export interface TextRead {
  readonly statement: Statement
  /** Whether it finds one record by its key. */
  readonly isByKey: boolean
  /** The resources whose changes may show in it. */
  readonly resources: () => readonly string[]
  /**
   * The answer to its rows.
   *
   * @throws NOT_FOUND where the record is not there
   */
  readonly bodyOf: (rows: readonly Row[]) => TextBody
}

/**
 * What a call reads; undefined where its answer is more than the columns of its rows.
 *
 * @throws {ApiError} as the stages of the chain do
 */
export type PrepareText = (given: Given, reader: TextReader) => TextRead | undefined

const recordText = ([row]: readonly Row[]): TextBody => {
  if (!row) throw notFound()

  return { text: respelled((row as unknown as TextRow).text), rows: 1 }
}

/** Reads of one record by its id. */
export const recordPreparation = (model: Model): PrepareText => {
  const target = targetOf(model)
  const parse = queryParser(model)

  return ({ id: given, query = {} }, { user, access }) => {
    const id = recordIdOf(model, given)
    assertOfAnswer(model, query)
    const parsed = parse(query, readerOf(user))
    if (parsed.include) return undefined
    const selection = selectionFrom(parsed, false, 'get')
    const params = { access, query: carrySelection(query, selection) }
    const resources = () => readResources(model, readParts(access, selection))

    return { statement: selectRecordText(target, params, id), isByKey: true, resources, bodyOf: recordText }
  }
}

/** Stands for the records of a page while its form is asked for the rest of the answer. */
const RECORDS: readonly unknown[] = Object.freeze([])

/** What an answer has in front of its records and behind them, and its header `Link`. */
interface PageFrame {
  readonly before: string
  readonly after: string
  readonly link?: string
}

const memberText = ([name, value]: [string, unknown]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`

/** The text of an answer without its records. */
const around = (answer: object): Pick<PageFrame, 'before' | 'after'> => {
  const members = Object.entries(answer)
  const at = members.findIndex(([, value]) => value === RECORDS)
  const before = [...members.slice(0, at).map(memberText), `${JSON.stringify(members[at]![0])}:[`]
  const after = [']', ...members.slice(at + 1).map(memberText)]

  return { before: `{${before.join()}`, after: `${after.join()}}` }
}

/** Keeps the last frame: the next page of the same query has the same, as long as the total of the list does not change. */
const lastFrame = (frameOf: (total: number) => PageFrame) => {
  let last: { readonly total: number; readonly frame: PageFrame } | undefined

  return (total: number): PageFrame => {
    if (last?.total !== total) last = { total, frame: frameOf(total) }

    return last.frame
  }
}

/** Reads of a page of records with their total. */
export const pagePreparation = (model: Model): PrepareText => {
  const target = targetOf(model)
  const parse = queryParser(model)
  const { path } = model

  return ({ query = {} }, { user, access, version }) => {
    const form = pageFormOf(query)
    const parsed = parse(query, readerOf(user))
    if (parsed.include || !form.wrapsRecords) return undefined
    const { page, limit, skip, count = 'exact' } = parsed
    if (count !== 'exact') return undefined
    const selection = selectionFrom(parsed, true, 'find')
    const params = { access, query: carrySelection(query, selection) }
    const resources = () => readResources(model, readParts(access, selection))
    const addressOf = (changed: object) => listAddress({ path, query, version }, changed)
    const frameOf = lastFrame((total) => {
      const read: ReadPage = { total, limit, skip, data: RECORDS }

      return {
        ...around(form.answer(read, { page, addressOf })),
        link: linkHeader(form.links(read, { page }), addressOf)
      }
    })
    const bodyOf = ([row]: readonly Row[]) => {
      const { text, found, total } = row as unknown as TextPage
      const { before, after, link } = frameOf(totalSeen(found, { limit, skip }) ?? total!)
      // Put together only once: a page is long.
      const encoded = new EncodedText([before, ...respelledPieces(text), after].join(''))

      return { text: encoded.text, encoded, link, rows: found }
    }

    return { statement: selectPageText(target, params), isByKey: false, resources, bodyOf }
  }
}
