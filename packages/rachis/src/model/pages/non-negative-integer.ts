import { Type } from '@feathersjs/typebox'

export const nonNegativeInteger = Type.Unsafe<number>({ type: 'integer', minimum: 0 })
