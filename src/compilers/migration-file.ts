import type { Migration } from './migration'

const indented = (sql: string) => sql.split('\n').join('\n    ')
const statement = (sql: string) =>
  `  await knex.raw(\`\n    ${indented(sql.replace(/\\/g, '\\\\').replace(/`/g, '\\`').replace(/\$\{/g, '\\${').replace(/\?/g, '\\\\?'))}\n  \`)`
const body = (statements: readonly string[]) => statements.map(statement).join('\n')

/** A migration as the file that a person reads and Knex runs. */
export const migrationFile = ({ up, down }: Migration): string => `import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
${body(up)}
}

export async function down(knex: Knex): Promise<void> {
${body(down)}
}
`
