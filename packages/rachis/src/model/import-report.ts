import { Type } from '@feathersjs/typebox'
import type { Static } from '@feathersjs/typebox'

const count = (description: string) => Type.Integer({ minimum: 0, description })

/** Failures that a report names; of more it says how many there were. */
export const MAX_FAILURES = 100

const failure = Type.Object(
  {
    line: Type.Integer({ minimum: 1, description: 'The line of the file at which the record begins.' }),
    code: Type.String({ description: 'As that of an error.' }),
    message: Type.String(),
    field: Type.Optional(Type.String()),
    hint: Type.Optional(Type.String({ description: 'What to do about it.' })),
    details: Type.Optional(Type.Array(Type.Unknown()))
  },
  { additionalProperties: false }
)

/** What an import answers. */
export const importReport = Type.Object(
  {
    dry_run: Type.Boolean({ description: 'Whether all of it was taken back, as the call asked.' }),
    rows: count('Records of the file.'),
    created: count('Records that were created.'),
    updated: count('Records that were changed.'),
    unchanged: count('Records that were there with these values already, and so were not changed.'),
    failed: count('Records that were passed over.'),
    ignored: Type.Array(Type.String(), {
      description: 'Columns that only the server writes, and that were passed over.'
    }),
    failures: Type.Array(failure, { description: `The first ${MAX_FAILURES} of those that failed.` })
  },
  { additionalProperties: false }
)

export type ImportReport = Static<typeof importReport>
export type ImportFailure = Static<typeof failure>
