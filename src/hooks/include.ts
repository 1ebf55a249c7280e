import type { Include } from '../compilers/query'
import type { Row } from '../compilers/service'
import type { CallContext, Hook } from './context'

/** Related records of one record at most; who wants more asks their own resource, page by page. */
const MAX_RELATED = 100

const rowsOf = (result: unknown): Row[] => {
  const { data } = (result ?? {}) as { data?: Row[] }
  return Array.isArray(result) ? (result as Row[]) : (data ?? [result as Row])
}

/**
 * Answers related records along with each record: one statement for each relation, however many records there are, and each
 * under the reader's own rule for the resource that it leads to.
 */
export const include = (): Hook => async (context, next) => {
  await next()
  const { include: includes = [], select } = context.params
  const rows = rowsOf(context.result)
  await attach(context, rows, includes)
  if (select) for (const row of rows) dropKeys(row, includes, select)
}

/** The keys were read to find the related records by; who did not ask for them is not shown them. */
const dropKeys = (row: Row, includes: readonly Include[], select: readonly string[]) => {
  for (const { relation } of includes) if (!select.includes(relation.column)) delete row[relation.column]
}

const attach = async (context: CallContext, rows: readonly Row[], includes: readonly Include[]) => {
  for (const { relation, restrict, columns, includes: inner } of includes) {
    const { name, kind, column, by, target } = relation
    const keys = [
      ...new Set(rows.map((row) => row[column]).filter((key) => key !== null && key !== undefined))
    ]
    const service = context.app.service(target.path as never) as unknown as RelatedService
    const found = await service._related(by, keys, { restrict, columns, each: MAX_RELATED }, context.params)
    await attach(context, found, inner)
    const byKey = grouped(found, by)
    for (const row of rows)
      row[name] = kind === 'many' ? (byKey.get(row[column]) ?? []) : (byKey.get(row[column])?.[0] ?? null)
  }
}

interface RelatedService {
  _related(
    by: string,
    keys: readonly unknown[],
    options: object,
    params: CallContext['params']
  ): Promise<Row[]>
}

const grouped = (rows: readonly Row[], by: string): Map<unknown, Row[]> => {
  const groups = new Map<unknown, Row[]>()
  for (const row of rows) groups.set(row[by], [...(groups.get(row[by]) ?? []), row])

  return groups
}
