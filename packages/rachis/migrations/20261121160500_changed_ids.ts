import type { Knex } from 'knex'

const functionOf = (body: string) => `
    create or replace function record_change() returns trigger language plpgsql set timezone = 'UTC' as $$
    declare
      context jsonb := nullif(current_setting('app.context', true), '')::jsonb;
      old_row jsonb;
      new_row jsonb;
      row_id text;
    begin
      if tg_op <> 'INSERT' then old_row := to_jsonb(old) - tg_argv[1:]; end if;
      if tg_op <> 'DELETE' then new_row := to_jsonb(new) - tg_argv[1:]; end if;
      row_id := coalesce(new_row, old_row) ->> 'id';
      ${body}
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

const HEAD = `insert into changes (resource, record_id, event, action, before, after, user_id, trace_id, impersonator_id) values (
        tg_argv[0],
        row_id,`

/** Whose id was changed, by hand, is another record for all who knew it: one is gone and one has come. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(
    functionOf(`if old_row ->> 'id' <> new_row ->> 'id' then
        insert into changes (resource, record_id, event, before, user_id, trace_id, impersonator_id) values (
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
      ${HEAD}
        case
          when old_row is null then 'created'
          when new_row is null then 'removed'
          else coalesce(context ->> 'event', 'patched')
        end,`)
  )
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    functionOf(`${HEAD}
        case tg_op
          when 'INSERT' then 'created'
          when 'DELETE' then 'removed'
          else coalesce(context ->> 'event', 'patched')
        end,`)
  )
}
