import type { Knex } from 'knex'

/** Where attempts are counted without Redis: the table of `rate-limiter-flexible`, as its RateLimiterPostgres would make it. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table rate_limits (
      key varchar(255) primary key,
      points integer not null default 0,
      expire bigint
    )
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table rate_limits')
}
