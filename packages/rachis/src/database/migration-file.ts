import { downOf, upOf } from './plan/plan'
import type { Step } from './plan/step'
import { PHASES } from './plan/step'

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

/** What one file does, as SQL. */
export interface Migration {
  readonly up: readonly string[]
  readonly down: readonly string[]
  /** Outside of a transaction, as an index asks for that is built concurrently. */
  readonly isOnline?: boolean
}

const CONFIG = `export const config = { transaction: false }

`

/** A function of a migration that runs these statements. @example migrationFunction('down', ['drop table "things"']) // 'async function down(knex: Knex): …' */
export const migrationFunction = (name: string, statements: readonly string[]): string =>
  `async function ${name}(knex: Knex): Promise<void> {\n${body(statements)}\n}`

/** A migration as the file that a person reads and Knex runs. */
export const migrationFile = ({ up, down, isOnline }: Migration): string => `import type { Knex } from 'knex'

${isOnline ? CONFIG : ''}export ${migrationFunction('up', up)}

export ${migrationFunction('down', down)}
`

/** A file that is to be written. */
export interface MigrationFile {
  /** Of its name, before the extension. */
  readonly suffix: string
  readonly text: string
  /** How many statements it has. */
  readonly statements: number
}

/** A file for each phase of a migration: what one of them has done stays done where the next one has to wait. */
export const migrationFiles = (steps: readonly Step[]): MigrationFile[] =>
  PHASES.flatMap((phase) => {
    const own = steps.filter((step) => step.phase === phase)
    if (own.length === 0) return []
    const [up, down] = [upOf(own), downOf(own)]
    const suffix = own.length === steps.length || phase === 'expand' ? '' : `_${phase}`

    return [{ suffix, statements: up.length, text: migrationFile({ up, down, isOnline: phase === 'online' }) }]
  }) // prettier-ignore
