import type { Migration } from './migration'

/** Knex takes ? for a binding unless a backslash stands before it, and so has no way to write a backslash before one. */
const withoutMasked = (literal: string) =>
  literal.includes('\\?') && literal.startsWith("'") ? `U&${literal.replace(/\\/g, '\\005C')}` : literal
const onLiterals = (sql: string, change: (literal: string) => string) =>
  sql.replace(/[\w&]*'(?:[^']|'')*'/g, change)

const ESCAPES: readonly (readonly [RegExp, string])[] = [
  [/\\/g, '\\\\'],
  [/`/g, '\\`'],
  [/\$\{/g, '\\${'],
  [/\?/g, '\\\\?'],
  [/\r/g, '\\r']
]
const escaped = (sql: string) =>
  ESCAPES.reduce((text, [found, instead]) => text.replace(found, () => instead), sql)

/** Lines are indented as those of a person are, but not those inside of a text. */
const indented = (sql: string) =>
  onLiterals(sql, (literal) => literal.replace(/\n/g, '\\n'))
    .split('\n')
    .join('\n    ')
const statement = (sql: string) =>
  `  await knex.raw(\`\n    ${indented(escaped(onLiterals(sql, withoutMasked)))}\n  \`)`
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
