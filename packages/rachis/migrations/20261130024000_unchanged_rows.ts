import type { Knex } from 'knex'

const identifier = (name: string) => `"${name.replace(/"/g, '""')}"`

/** What the function does with the rows before it writes them. */
interface Rows {
  readonly read: string
}

/** As `count_version` compares them: 1.0 and 1.00 are one number. What is left out of the feed counts as well, since others look for its changes. */
const UNLESS_SAME: Rows = {
  read: `if tg_op <> 'INSERT' then old_row := to_jsonb(old); end if;
    if tg_op <> 'DELETE' then new_row := to_jsonb(new); end if;
    if old_row = new_row then return null; end if;
    old_row := old_row - tg_argv[1:];
    new_row := new_row - tg_argv[1:];`
}
const ALWAYS: Rows = {
  read: `if tg_op <> 'INSERT' then old_row := to_jsonb(old) - tg_argv[1:]; end if;
    if tg_op <> 'DELETE' then new_row := to_jsonb(new) - tg_argv[1:]; end if;`
}

const recordChange = (of: (name: string) => string, { read }: Rows) => `
  create or replace function ${of('record_change')}() returns trigger language plpgsql security definer
    set search_path = pg_catalog, pg_temp set timezone = 'UTC' set extra_float_digits = 1 as $$
  declare
    context jsonb;
    old_row jsonb;
    new_row jsonb;
    row_id text;
  begin
    if current_setting('app.recording', true) = 'off' and pg_has_role(session_user, current_user, 'member') then
      return null;
    end if;
    ${read}
    -- Other programs may use the setting for something else.
    if nullif(current_setting('app.context', true), '') is not null then
      begin
        context := current_setting('app.context')::jsonb;
      exception when data_exception then
        context := null;
      end;
    end if;
    row_id := coalesce(new_row, old_row) ->> 'id';
    if old_row ->> 'id' <> new_row ->> 'id' then
      insert into ${of('changes')} (resource, record_id, event, before, user_id, trace_id, impersonator_id, is_audited) values (
        tg_argv[0],
        old_row ->> 'id',
        'removed',
        old_row,
        context ->> 'user_id',
        context ->> 'trace_id',
        context ->> 'impersonator_id',
        exists (select from ${of('feed_audited')} audited where audited.resource = tg_argv[0])
      );
      old_row := null;
    end if;
    insert into ${of('changes')} (resource, record_id, event, action, before, after, user_id, trace_id, impersonator_id, is_audited) values (
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
      context ->> 'impersonator_id',
      exists (select from ${of('feed_audited')} audited where audited.resource = tg_argv[0])
    );
    return null;
  end
  $$`

const replaceFunction = async (knex: Knex, rows: Rows): Promise<void> => {
  const { rows: found } = await knex.raw<{ rows: { schema: string }[] }>('select current_schema() as schema')
  const of = (name: string) => `${identifier(found[0]!.schema)}.${identifier(name)}`
  await knex.raw(recordChange(of, rows))
}

/** An UPDATE that leaves a row as it was is no change: nobody is told of it, and it stands in no history. */
export async function up(knex: Knex): Promise<void> {
  await replaceFunction(knex, UNLESS_SAME)
}

export async function down(knex: Knex): Promise<void> {
  await replaceFunction(knex, ALWAYS)
}
