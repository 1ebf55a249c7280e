import type { Model } from '../model/model'
import { quietColumns } from '../model/quiet'
import type { Target } from '../sql/target'
import { onceFor } from '../util/once-for'

/** What the statements of a model's table are made from. A removed record's time is read too: rules ask for it. */
export const targetOf = onceFor(({ name, source, fields, timestamps }: Model): Target => {
  const columns = [...fields.values()]

  return {
    table: source ?? name,
    id: 'id',
    types: new Map(columns.map((field) => [field.name, field.type])),
    enums: new Map(columns.flatMap((field) => (field.enum ? [[field.name, field.enum]] : []))),
    present: new Set(columns.filter(({ nullable }) => !nullable).map((field) => field.name)),
    columns: columns
      .filter((field) => !field.hidden || field.name === 'deleted_at')
      .map((field) => field.name),
    computed: columns.filter((field) => field.computed).map((field) => field.name),
    ...(timestamps ? { touch: 'updated_at', quiet: new Set(quietColumns(columns)) } : {})
  }
})
