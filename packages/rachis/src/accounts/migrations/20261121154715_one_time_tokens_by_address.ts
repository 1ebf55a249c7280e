import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table "one_time_tokens" drop constraint "one_time_tokens_user_id_purpose_key"
  `)
  await knex.raw(`
    alter table "one_time_tokens" add constraint "one_time_tokens_user_id_purpose_email_key" unique ("user_id", "purpose", "email")
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table "one_time_tokens" drop constraint "one_time_tokens_user_id_purpose_email_key"
  `)
  // There was one for a user and a purpose: the first, which is the one to object by.
  await knex.raw(`
    delete from "one_time_tokens" later using "one_time_tokens" first
    where later.user_id = first.user_id and later.purpose = first.purpose and later.expires_at > first.expires_at
  `)
  await knex.raw(`
    alter table "one_time_tokens" add constraint "one_time_tokens_user_id_purpose_key" unique ("user_id", "purpose")
  `)
}
