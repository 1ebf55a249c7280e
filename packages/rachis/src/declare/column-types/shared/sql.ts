import type { TSchema } from '@feathersjs/typebox'
import type { Range } from '../column-type'

/** The bounds of a number as conditions, but for those of the column itself. */
export const boundsSql = (column: string, { minimum, maximum }: TSchema, own?: Range): string[] => [
  ...(minimum !== undefined && minimum !== own?.minimum ? [`${column} >= ${minimum}`] : []),
  ...(maximum !== undefined && maximum !== own?.maximum ? [`${column} <= ${maximum}`] : [])
]
