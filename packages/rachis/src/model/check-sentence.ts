import type { SaidCheck } from '../declare'
import { wordsOf } from '../declare/sql'
import type { Model } from './model'

const COMPARISON = /^\s*(\w+)\s*(<=|>=|<|>)\s*(\w+)\s*$/
const WORDS: Readonly<Record<string, readonly [left: string, right: string]>> = {
  '<=': ['must be at most', 'must be at least'],
  '>=': ['must be at least', 'must be at most'],
  '<': ['must be less than', 'must be more than'],
  '>': ['must be more than', 'must be less than']
}

/**
 * A declared condition as a sentence about one of its fields, without SQL.
 *
 * @example sentenceOf('current_stock <= max_stock', 'current_stock') // 'must be at most max_stock'
 */
export const sentenceOf = (sql: string, field: string): string => {
  const [, left, operator = '', right] = COMPARISON.exec(sql) ?? []
  const [ofLeft, ofRight] = WORDS[operator] ?? []
  if (ofLeft === undefined) return 'does not fit the other fields that are named here'

  return field === left ? `${ofLeft} ${right}` : `${ofRight} ${left}`
}

/** The sentence that a declaration has for the condition of this SQL, if it has one. */
export const declaredMessage = ({ checks }: Model, sql: string): string | undefined =>
  checks.find((check) => check.sql === sql)?.message

/** What a check asks for as a whole sentence; undefined where only SQL says it, or where not every reader may know of its fields. */
const wholeSentence = ({ sql, message }: SaidCheck, { fields }: Model): string | undefined => {
  const names = wordsOf(sql).filter((word) => fields.has(word))
  if (
    message !== undefined ||
    names.some((name) => fields.get(name)!.hidden || fields.get(name)!.read !== true)
  )
    return message
  const [name = ''] = names

  return COMPARISON.test(sql) ? `${name} ${sentenceOf(sql, name)}` : undefined
}

/** What the checks of a resource ask for, for its documentation. */
export const checkSentences = (model: Model): string[] =>
  model.checks.map((check) => wholeSentence(check, model)).filter((sentence) => sentence !== undefined)
