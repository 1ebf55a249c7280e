import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table "webhook_endpoints" add column "withheld_since" timestamptz(3)
  `)
  await knex.raw(`
    alter table "webhook_endpoints" add constraint "webhook_endpoints_withheld_since_check" check ("withheld_since" >= '0001-01-01Z' and "withheld_since" < '10000-01-01Z')
  `)
  await knex.raw(`
    alter table "webhook_deliveries" add column "reason" text
  `)
  await knex.raw(`
    alter table "webhook_deliveries" add constraint "webhook_deliveries_reason_check" check ("reason" in ('epoch', 'retention', 'truncated', 'owner'))
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table "webhook_deliveries" drop column "reason"')
  await knex.raw('alter table "webhook_endpoints" drop column "withheld_since"')
}
