import type { Knex } from 'knex'

const identifier = (name: string) => `"${name.replace(/"/g, '""')}"`

/**
 * Counts the changes of a record in its column `version`, whoever writes it and by whatever way: what is written into the column itself is
 * not taken. The arguments are the columns whose changes do not count.
 */
export async function up(knex: Knex): Promise<void> {
  const { rows } = await knex.raw<{ rows: { schema: string }[] }>('select current_schema() as schema')
  const name = `${identifier(rows[0]!.schema)}.count_version`
  await knex.raw(`
    create function ${name}() returns trigger language plpgsql
      set search_path = pg_catalog, pg_temp set extra_float_digits = 1 as $$
    begin
      new.version := old.version + case when to_jsonb(new) - tg_argv is distinct from to_jsonb(old) - tg_argv then 1 else 0 end;
      return new;
    end
    $$`)
}

export async function down(knex: Knex): Promise<void> {
  // With the triggers of all tables that have one.
  await knex.raw('drop function count_version() cascade')
}
