import type { Table } from '../model/table'
import { literal, quote } from '../util/quote'

/** The trigger that writes a table's changes into the feed. */
export const triggerSql = ({ name, unrecorded }: Table): string => {
  const args = [name, ...unrecorded].map(literal).join(', ')

  return `create trigger record_change after insert or update or delete on ${quote(name)} for each row execute function record_change(${args})`
}

export const dropTriggerSql = ({ name }: Table): string => `drop trigger record_change on ${quote(name)}`
