import type { Knex } from 'knex'

/** The change feed: its table, and the trigger function that every resource's table calls. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Misspelt words are found by the trigrams that they share with the right ones.
    create extension if not exists pg_trgm;

    create table changes (
      id bigint generated always as identity primary key,
      resource text not null,
      record_id text not null,
      event text not null,
      action text,
      before jsonb,
      after jsonb,
      user_id text,
      trace_id text,
      created_at timestamptz(3) not null default clock_timestamp()
    );
    create index changes_record_idx on changes (resource, record_id, id);
    create index changes_created_at_idx on changes (created_at);

    -- One row a change, in the transaction of the change itself. tg_argv: the resource, then the columns to leave out.
    -- In UTC whoever writes: before 1900 the offset of many a time zone has seconds, which Date does not read.
    create function record_change() returns trigger language plpgsql set timezone = 'UTC' as $$
    declare
      context jsonb := nullif(current_setting('app.context', true), '')::jsonb;
      old_row jsonb;
      new_row jsonb;
      row_id text;
    begin
      if tg_op <> 'INSERT' then old_row := to_jsonb(old) - tg_argv[1:]; end if;
      if tg_op <> 'DELETE' then new_row := to_jsonb(new) - tg_argv[1:]; end if;
      row_id := coalesce(new_row, old_row) ->> 'id';
      insert into changes (resource, record_id, event, action, before, after, user_id, trace_id) values (
        tg_argv[0],
        row_id,
        case tg_op
          when 'INSERT' then 'created'
          when 'DELETE' then 'removed'
          else coalesce(context ->> 'event', 'patched')
        end,
        case
          when context ->> 'resource' = tg_argv[0] and coalesce(context ->> 'id' = row_id, true)
          then context ->> 'action'
        end,
        old_row,
        new_row,
        context ->> 'user_id',
        context ->> 'trace_id'
      );
      return null;
    end
    $$;

    -- RFC 9562, section 5.7: 48 bits of milliseconds, then random. PostgreSQL has its own from version 18 only.
    create function uuid_v7() returns uuid language sql volatile as $$
      select encode(
        set_bit(set_bit(
          overlay(
            uuid_send(gen_random_uuid())
            placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
            from 1 for 6
          ),
          52, 1), 53, 1),
        'hex')::uuid
    $$;
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop function uuid_v7(); drop function record_change(); drop table changes')
}
