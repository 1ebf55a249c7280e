import type { Table } from '../model/table'
import { literal, quote } from '../util/quote'

/** The trigger that writes a table's changes into the feed. */
export const triggerSql = ({ name, unrecorded }: Table): string => {
  const args = [name, ...unrecorded].map(literal).join(', ')

  return `create trigger record_change after insert or update or delete on ${quote(name)} for each row execute function record_change(${args})`
}

export const dropTriggerSql = ({ name }: Table): string => `drop trigger record_change on ${quote(name)}`

/** The trigger that counts the changes of a record in its column `version`. */
export const versionTriggerSql = ({ name, uncounted = [] }: Table): string =>
  `create trigger count_version before update on ${quote(name)} for each row execute function count_version(${['version', ...uncounted].map(literal).join(', ')})`

export const dropVersionTriggerSql = ({ name }: Table): string =>
  `drop trigger count_version on ${quote(name)}`

/** The trigger that writes into the feed that a table was truncated, which changes no row. */
export const truncationTriggerSql = ({ name }: Table): string =>
  `create trigger record_truncation after truncate on ${quote(name)} for each statement execute function record_truncation(${literal(name)})`

export const dropTruncationTriggerSql = ({ name }: Table): string =>
  `drop trigger record_truncation on ${quote(name)}`

/** Gives that trigger to every recorded table that has none: tables of before there was one, or of a migration that was written before. */
export const RECORD_TRUNCATIONS = `
do $$ declare recorded text; begin
  if to_regproc('record_truncation') is null then return; end if;
  for recorded in
    select c.relname from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where t.tgname = 'record_change' and c.relnamespace = current_schema()::regnamespace
      and not exists (select from pg_trigger o where o.tgrelid = t.tgrelid and o.tgname = 'record_truncation')
  loop
    execute format('create trigger record_truncation after truncate on %I for each statement execute function record_truncation(%L)', recorded, recorded);
  end loop;
end $$`
