import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table "one_time_tokens" (
      "id" uuid not null default uuid_v7(),
      "user_id" bigint not null,
      "purpose" text not null,
      "email" text not null,
      "token_hash" text not null,
      "expires_at" timestamptz(3) not null,
      "used_at" timestamptz(3),
      "created_at" timestamptz(3) not null default now(),
      "updated_at" timestamptz(3) not null default now(),
      constraint "one_time_tokens_pkey" primary key ("id"),
      constraint "one_time_tokens_user_id_purpose_key" unique ("user_id", "purpose"),
      constraint "one_time_tokens_purpose_check" check ("purpose" in ('reset_password', 'verify_email', 'confirm_email', 'cancel_email')),
      constraint "one_time_tokens_email_check" check (char_length("email") <= 254),
      constraint "one_time_tokens_token_hash_check" check (char_length("token_hash") <= 64),
      constraint "one_time_tokens_expires_at_check" check ("expires_at" >= '0001-01-01Z' and "expires_at" < '10000-01-01Z'),
      constraint "one_time_tokens_used_at_check" check ("used_at" >= '0001-01-01Z' and "used_at" < '10000-01-01Z'),
      constraint "one_time_tokens_created_at_check" check ("created_at" >= '0001-01-01Z' and "created_at" < '10000-01-01Z'),
      constraint "one_time_tokens_updated_at_check" check ("updated_at" >= '0001-01-01Z' and "updated_at" < '10000-01-01Z')
    )
  `)
  await knex.raw(`
    create trigger record_change after insert or update or delete on "one_time_tokens" for each row execute function record_change('one_time_tokens', 'token_hash')
  `)
  await knex.raw(`
    alter table "one_time_tokens" add constraint "one_time_tokens_user_id_fkey" foreign key ("user_id") references "users" ("id") on delete cascade
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table "one_time_tokens" drop constraint "one_time_tokens_user_id_fkey"
  `)
  await knex.raw(`
    drop trigger record_change on "one_time_tokens"
  `)
  await knex.raw(`
    drop table "one_time_tokens"
  `)
}
