import type { Knex } from 'knex'

/** Tickets for the event stream that are not used yet. No events tell of them, so that their changes are not recorded. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table event_tickets (
      -- Of the ticket, which is kept nowhere.
      hash bytea primary key,
      session_id uuid references sessions on delete cascade,
      api_key_id bigint references api_keys on delete cascade,
      -- The end of what it was asked for with, where that is known.
      credential_expires_at timestamptz,
      expires_at timestamptz not null,
      constraint event_tickets_credential_check check (num_nonnulls(session_id, api_key_id) = 1)
    );

    create index event_tickets_expires_at_idx on event_tickets (expires_at);
    create index event_tickets_session_id_idx on event_tickets (session_id);
    create index event_tickets_api_key_id_idx on event_tickets (api_key_id);
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table event_tickets')
}
