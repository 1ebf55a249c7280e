import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table "files" (
      "id" uuid not null default uuid_v7(),
      "user_id" bigint not null,
      "name" text not null,
      "type" text not null,
      "size" bigint not null,
      "sha256" text not null,
      "created_at" timestamptz(3) not null default now(),
      "updated_at" timestamptz(3) not null default now(),
      constraint "files_pkey" primary key ("id"),
      constraint "files_name_check" check (char_length("name") <= 255),
      constraint "files_type_check" check (char_length("type") <= 255),
      constraint "files_sha256_check" check (char_length("sha256") >= 64 and char_length("sha256") <= 64),
      constraint "files_created_at_check" check ("created_at" >= '0001-01-01Z' and "created_at" < '10000-01-01Z'),
      constraint "files_updated_at_check" check ("updated_at" >= '0001-01-01Z' and "updated_at" < '10000-01-01Z')
    )
  `)
  await knex.raw(`
    create index "files_created_at_idx" on "files" ("created_at")
  `)
  await knex.raw(`
    create index "files_user_id_idx" on "files" ("user_id")
  `)
  await knex.raw(`
    create trigger record_truncation after truncate on "files" for each statement execute function record_truncation('files')
  `)
  await knex.raw(`
    create trigger record_change after insert or update or delete on "files" for each row execute function record_change('files')
  `)
  await knex.raw(`
    create table "uploads" (
      "id" uuid not null default uuid_v7(),
      "user_id" bigint not null,
      "name" text not null,
      "length" bigint,
      "type" text,
      "field" text,
      "expires_at" timestamptz(3) not null,
      "created_at" timestamptz(3) not null default now(),
      "updated_at" timestamptz(3) not null default now(),
      constraint "uploads_pkey" primary key ("id"),
      constraint "uploads_name_check" check (char_length("name") >= 1 and char_length("name") <= 1000),
      constraint "uploads_type_check" check (char_length("type") <= 255),
      constraint "uploads_field_check" check (char_length("field") <= 200),
      constraint "uploads_expires_at_check" check ("expires_at" >= '0001-01-01Z' and "expires_at" < '10000-01-01Z'),
      constraint "uploads_created_at_check" check ("created_at" >= '0001-01-01Z' and "created_at" < '10000-01-01Z'),
      constraint "uploads_updated_at_check" check ("updated_at" >= '0001-01-01Z' and "updated_at" < '10000-01-01Z')
    )
  `)
  await knex.raw(`
    create index "uploads_expires_at_idx" on "uploads" ("expires_at")
  `)
  await knex.raw(`
    create index "uploads_user_id_idx" on "uploads" ("user_id")
  `)
  await knex.raw(`
    create trigger record_truncation after truncate on "uploads" for each statement execute function record_truncation('uploads')
  `)
  await knex.raw(`
    create trigger record_change after insert or update or delete on "uploads" for each row execute function record_change('uploads')
  `)
  await knex.raw(`
    alter table "files" add constraint "files_user_id_fkey" foreign key ("user_id") references "users" ("id") on delete cascade
  `)
  await knex.raw(`
    alter table "uploads" add constraint "uploads_user_id_fkey" foreign key ("user_id") references "users" ("id") on delete cascade
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table "uploads" drop constraint "uploads_user_id_fkey"
  `)
  await knex.raw(`
    alter table "files" drop constraint "files_user_id_fkey"
  `)
  await knex.raw(`
    drop trigger record_change on "uploads"
  `)
  await knex.raw(`
    drop trigger record_truncation on "uploads"
  `)
  await knex.raw(`
    drop index "uploads_user_id_idx"
  `)
  await knex.raw(`
    drop index "uploads_expires_at_idx"
  `)
  await knex.raw(`
    drop table "uploads"
  `)
  await knex.raw(`
    drop trigger record_change on "files"
  `)
  await knex.raw(`
    drop trigger record_truncation on "files"
  `)
  await knex.raw(`
    drop index "files_user_id_idx"
  `)
  await knex.raw(`
    drop index "files_created_at_idx"
  `)
  await knex.raw(`
    drop table "files"
  `)
}
