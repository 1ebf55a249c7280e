import type { Knex } from 'knex'

/** The answers to calls that carried a key of idempotency, kept to answer the same call again. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table idempotency_keys (
      -- A hash of the caller and the key.
      id bytea primary key,
      -- A hash of what was called and what was sent.
      fingerprint bytea not null,
      -- Sealed. Null while a call runs that has no transaction.
      answer text,
      created_at timestamptz not null default now()
    );

    create index idempotency_keys_created_at on idempotency_keys (created_at);
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table idempotency_keys')
}
