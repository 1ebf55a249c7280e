import type { Knex } from 'knex'

const identifier = (name: string) => `"${name.replace(/"/g, '""')}"`

/**
 * The name of the history that the table of changes has now, and where it was when it got that: on another server, another line of its
 * write-ahead log, in another database or another table the same ids are other changes. The first name is the one that was worked out from
 * the storage until now, so that positions stay good; where there is no change yet there is no row, so that a dump of the data can be restored.
 */
export async function up(knex: Knex): Promise<void> {
  const { rows } = await knex.raw<{ rows: { schema: string }[] }>('select current_schema() as schema')
  const of = (name: string) => `${identifier(rows[0]!.schema)}.${name}`
  await knex.raw(`
    create table feed_epoch (
      only_row boolean primary key default true check (only_row),
      epoch text not null,
      database_oid oid not null,
      changes_oid oid not null,
      -- Null where the program may not ask for them.
      system_identifier text,
      timeline text,
      -- Where the server was when it ended a recovery, as a standby that was promoted does: for servers that do not tell their timeline.
      recovered_at text
    );

    insert into feed_epoch (epoch, database_oid, changes_oid)
    select concat_ws('-', d.oid, 'changes'::regclass::oid, pg_relation_filenode('changes')), d.oid, 'changes'::regclass::oid
    from pg_database d where d.datname = current_database() and exists (select from changes);

    -- No row is left that a position could be known by.
    create function begin_epoch() returns trigger language plpgsql security definer
      set search_path = pg_catalog, pg_temp as $$
    begin
      update ${of('feed_epoch')} set epoch = substr(md5(random()::text || clock_timestamp()::text), 1, 12);
      return null;
    end
    $$;
    revoke execute on function begin_epoch() from public;
    create trigger begin_epoch after truncate on changes for each statement execute function begin_epoch();

    alter table feed_consumers drop column changed_at
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table feed_consumers add column changed_at timestamptz(3);
    drop trigger begin_epoch on changes;
    drop function begin_epoch();
    drop table feed_epoch
  `)
}
