import type { Knex } from 'knex'

const identifier = (name: string) => `"${name.replace(/"/g, '""')}"`

/**
 * TRUNCATE fires no triggers of rows: it is recorded as one change of the resource, `reset`, in its place between the others.
 */
export async function up(knex: Knex): Promise<void> {
  const { rows } = await knex.raw<{ rows: { schema: string }[] }>('select current_schema() as schema')
  const changes = `${identifier(rows[0]!.schema)}.changes`
  await knex.raw(`
    create function record_truncation() returns trigger language plpgsql security definer
      set search_path = pg_catalog, pg_temp as $$
    declare
      context jsonb;
    begin
      if current_setting('app.recording', true) = 'off' and pg_has_role(session_user, current_user, 'member') then
        return null;
      end if;
      if nullif(current_setting('app.context', true), '') is not null then
        begin
          context := current_setting('app.context')::jsonb;
        exception when data_exception then
          context := null;
        end;
      end if;
      insert into ${changes} (resource, record_id, event, user_id, trace_id, impersonator_id) values (
        tg_argv[0], '', 'reset', context ->> 'user_id', context ->> 'trace_id', context ->> 'impersonator_id'
      );
      return null;
    end
    $$;
    revoke execute on function record_truncation() from public`)
}

export async function down(knex: Knex): Promise<void> {
  // With the triggers of all tables, which each migration gives those that have none yet.
  await knex.raw('drop function record_truncation() cascade')
}
