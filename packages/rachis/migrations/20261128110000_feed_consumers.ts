import type { Knex } from 'knex'

/** Where durable consumers of the change feed stand and who runs them, and up to which change others have been removed as too old. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table feed_consumers (
      name text primary key,
      -- Together the place in the feed up to which the consumer has all.
      epoch text not null,
      position bigint not null,
      -- When the change at the position was made: by that it is known again in a table that was rewritten.
      changed_at timestamptz(3),
      -- The process that runs it, until when unless it renews that.
      holder uuid,
      held_until timestamptz,
      lost_reason text,
      lost_at timestamptz
    );

    create table feed_horizon (
      only_row boolean primary key default true check (only_row),
      epoch text not null,
      id bigint not null,
      -- No change that was removed is younger.
      created_at timestamptz(3) not null
    )
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table feed_horizon; drop table feed_consumers')
}
