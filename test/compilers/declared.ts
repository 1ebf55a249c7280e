import assert from 'node:assert/strict'
import { lower } from '../../packages/rachis/src/model/lower'
import type { Model } from '../../packages/rachis/src/model/model'
import type { Table } from '../../packages/rachis/src/model/table'
import { ApiError } from '../../packages/rachis/src/errors/errors'
import type { ErrorDetail } from '../../packages/rachis/src/errors/errors'
import type { AnyResource, AnySpec } from '../../packages/rachis/src/declare/any-resource'

/** A declaration without the checks of types: tests declare what a person should not. */
export const declared = (spec: Partial<AnySpec>, name = 'things'): AnyResource => ({
  name,
  spec: { fields: {}, access: {}, ...spec }
})

export const modelOf = (spec: Partial<AnySpec>, name?: string): Model => lower(declared(spec, name))
export const tableOf = (spec: Partial<AnySpec>, name?: string): Table => modelOf(spec, name).table!

const thrownBy = (work: () => unknown): ApiError => {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error))
    return error
  }
  throw new Error('expected a refusal')
}

/** The error of the catalogue that `work` throws, as far as a client can tell one from another. */
export const refusal = (work: () => unknown): { code: string; field?: string; message: string } => {
  const { code, field, message } = thrownBy(work).toJSON().error
  return { code, field, message }
}

/** What the error that `work` throws says of each mistake. */
export const detailsOf = (work: () => unknown): readonly ErrorDetail[] => thrownBy(work).payload.details ?? []
