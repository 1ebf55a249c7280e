import { validationError } from '../errors/errors'
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import type { Row } from '../sql/database'
import { removeMany, updateMany } from '../sql/many'
import type { Target } from '../sql/target'
import type { Statement } from '../sql/where'
import { queryOf } from './service-query'
import type { ResourceParams } from './service-params'

/** A service with the table that it reads and writes. */
interface TableService {
  readonly target: Target
  _write(statement: Statement, params: ResourceParams): Promise<Row[]>
  _assertPreconditions(params: ResourceParams): Promise<void>
}

type Data = Readonly<Record<string, unknown>>
type Many = NonNullable<Operation['many']>
type StatementOf = (data: Data, params: ResourceParams) => Statement

const statementOf = (target: Target, { softDelete }: Model, { as, most }: Many): StatementOf => {
  const update: StatementOf = (data, params) =>
    updateMany(target, queryOf(target, params), data, params.change ?? {}, most)
  if (as === 'patch') return update
  if (softDelete) return (_, params) => update({ deleted_at: new Date().toISOString() }, params)

  return (_, params) => removeMany(target, queryOf(target, params), params.change ?? {}, most)
}

/**
 * The method of a service that changes or removes all records that a query finds, by one statement. It is to run in a transaction: where
 * there are more than may be, it fails after the write.
 */
export const writeMany = (service: TableService, model: Model, many: Many) => {
  const make = statementOf(service.target, model, many)

  return async (data: Data, params: ResourceParams): Promise<Row[]> => {
    await service._assertPreconditions(params)
    const rows = await service._write(make(data, params), params)
    if (rows.length <= many.most) return rows
    const message = `The filters find more than ${many.most} records, as many as one call may write`
    throw validationError([{ message, rule: 'maxItems', expected: many.most }])
  }
}
