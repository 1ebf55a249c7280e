import type { Knex } from 'knex'

const identifier = (name: string) => `"${name.replace(/"/g, '""')}"`

interface Parts {
  readonly name: string
  readonly options: string
  readonly context: string
  readonly first: string
  readonly changes: string
}

const recordChange = ({ name, options, context, first, changes }: Parts) => `
    create or replace function ${name}() returns trigger language plpgsql ${options} as $$
    declare
      context jsonb${context};
      old_row jsonb;
      new_row jsonb;
      row_id text;
    begin
      ${first}
      if tg_op <> 'INSERT' then old_row := to_jsonb(old) - tg_argv[1:]; end if;
      if tg_op <> 'DELETE' then new_row := to_jsonb(new) - tg_argv[1:]; end if;
      row_id := coalesce(new_row, old_row) ->> 'id';
      if old_row ->> 'id' <> new_row ->> 'id' then
        insert into ${changes} (resource, record_id, event, before, user_id, trace_id, impersonator_id) values (
          tg_argv[0],
          old_row ->> 'id',
          'removed',
          old_row,
          context ->> 'user_id',
          context ->> 'trace_id',
          context ->> 'impersonator_id'
        );
        old_row := null;
      end if;
      insert into ${changes} (resource, record_id, event, action, before, after, user_id, trace_id, impersonator_id) values (
        tg_argv[0],
        row_id,
        case
          when old_row is null then 'created'
          when new_row is null then 'removed'
          else coalesce(context ->> 'event', 'patched')
        end,
        case
          when context ->> 'resource' = tg_argv[0] and coalesce(context ->> 'id' = row_id, true)
          then context ->> 'action'
        end,
        old_row,
        new_row,
        context ->> 'user_id',
        context ->> 'trace_id',
        context ->> 'impersonator_id'
      );
      return null;
    end
    $$`

const uuidV7 = (name: string, options: string) => `
    create or replace function ${name}() returns uuid language sql volatile ${options} as $$
      select encode(
        set_bit(set_bit(
          overlay(
            uuid_send(gen_random_uuid())
            placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
            from 1 for 6
          ),
          52, 1), 53, 1),
        'hex')::uuid
    $$`

/** A restore of data alone would record each of its rows as new. Only who could drop the trigger may switch it off. */
const FIRST = `
      if current_setting('app.recording', true) = 'off' and pg_has_role(session_user, current_user, 'member') then
        return null;
      end if;
      -- Other programs may use the setting for something else.
      if nullif(current_setting('app.context', true), '') is not null then
        begin
          context := current_setting('app.context')::jsonb;
        exception when data_exception then
          context := null;
        end;
      end if;`

/**
 * The functions depend on nothing that a session may set, and work for every role that may write a table: changes are written as
 * the owner of the function, who owns the table of changes.
 */
export async function up(knex: Knex): Promise<void> {
  const { rows } = await knex.raw<{ rows: { schema: string }[] }>('select current_schema() as schema')
  const of = (name: string) => `${identifier(rows[0]!.schema)}.${name}`
  const name = of('record_change')
  const options = `security definer
      set search_path = pg_catalog, pg_temp set timezone = 'UTC' set extra_float_digits = 1`
  await knex.raw(recordChange({ name, options, context: '', first: FIRST, changes: of('changes') }))
  // A trigger needs no right of who writes; whoever could call it could make one that writes what did not happen.
  await knex.raw(`revoke execute on function ${name}() from public`)
  await knex.raw(uuidV7(of('uuid_v7'), 'set search_path = pg_catalog, pg_temp'))
}

export async function down(knex: Knex): Promise<void> {
  const context = ` := nullif(current_setting('app.context', true), '')::jsonb`
  const options = `set timezone = 'UTC'`
  await knex.raw(recordChange({ name: 'record_change', options, context, first: '', changes: 'changes' }))
  await knex.raw('grant execute on function record_change() to public')
  await knex.raw(uuidV7('uuid_v7', ''))
}
