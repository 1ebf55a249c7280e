import { authenticated, defineResource, Type } from '../declare'
import type { ServiceOf } from '../declare'

import type { FindOperation } from './operations'
import { runBatch } from './run-batch'

/** A batch holds a connection to the database while it runs. */
const MAX_OPERATIONS = 100

const operation = Type.Object(
  {
    name: Type.Optional(
      Type.String({ maxLength: 64, description: 'By it later operations refer to the answer.' })
    ),
    method: Type.Union(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => Type.Literal(method))),
    path: Type.String({
      minLength: 1,
      maxLength: 2000,
      description: 'Without a query string; `{note.id}` is the id in the answer of the operation `note`.'
    }),
    query: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    body: Type.Optional(
      Type.Unknown({ description: '`{"$ref": "note.id"}` is the id in the answer of `note`.' })
    ),
    idempotency_key: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    if_match: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 8192,
        description: 'As the header `If-Match` of the call: `"7"`.'
      })
    )
  },
  { additionalProperties: false }
)

const result = Type.Object(
  {
    name: Type.Optional(Type.String()),
    status: Type.Integer(),
    location: Type.Optional(Type.String()),
    replayed: Type.Optional(
      Type.Literal(true, {
        description:
          'The answer of an earlier call with this `idempotency_key`, as the header `Idempotency-Replayed` says.'
      })
    ),
    body: Type.Unknown()
  },
  { additionalProperties: false }
)

/** `POST /batch`: several operations on any resources, all of them or none. */
export const batches = defineResource('batch', {
  description: 'Several operations in one transaction',
  table: false,
  fields: {},
  access: {},
  actions: {
    execute: {
      on: 'collection',
      summary: 'Make several calls, all of them or none',
      http: { path: '' },
      input: Type.Object(
        { operations: Type.Array(operation, { minItems: 1, maxItems: MAX_OPERATIONS }) },
        {
          additionalProperties: false,
          examples: [
            {
              operations: [
                { name: 'list', method: 'POST', path: '/tasks', body: { title: 'Move house' } },
                { method: 'PATCH', path: '/tasks/{list.id}', body: { priority: 'high' } }
              ]
            }
          ]
        }
      ),
      output: Type.Object({ results: Type.Array(result) }),
      access: authenticated,
      run: async ({ operations }, context) => ({
        results: await runBatch(operations, context, context.app.get('findOperation'))
      })
    }
  }
})

declare module '../declare/declarations' {
  interface ServiceTypes {
    batch: ServiceOf<typeof batches>
  }
  interface Configuration {
    findOperation: FindOperation
  }
}
