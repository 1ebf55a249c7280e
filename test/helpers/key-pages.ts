import { transformSync } from 'esbuild'
import { accounts } from '../../packages/rachis/src/accounts'
import { apiLines } from '../../packages/rachis/src/cli/api-lines'
import { differences } from '../../packages/rachis/src/cli/differences'
import { createSql } from '../../packages/rachis/src/database/plan/plan'
import type { AnyResource } from '../../packages/rachis/src/declare'
import * as language from '../../packages/rachis/src/declare'
import type { Model } from '../../packages/rachis/src/model/model'
import { verifiedModels } from '../../packages/rachis/src/module-parts'
import { BASE, KEYS, MINE, SAID } from '../types/documented/keys'

type Spec = Record<string, unknown> & { fields: object }

/** What a piece of a declaration stands for: its types are taken off. */
const evaluate = (code: string): Spec => {
  const names = Object.keys(language).filter((name) => /^[$\w]+$/.test(name))
  const values = names.map((name) => language[name as keyof typeof language])
  const { code: plain } = transformSync(`const spec = ${code}`, { loader: 'ts' })

  return new Function(...names, `${MINE}\n${plain}\nreturn spec`)(...values) as Spec
}

/** The declaration with the example in place of the keys of the same names; fields stand beside those that are there. */
const declared = (example: string): AnyResource => {
  const [base, { fields = {}, ...spec }] = [evaluate(BASE), evaluate(`{ ${example} }`)]
  const merged = { ...base, ...spec, fields: { ...base.fields, ...fields } }
  // Whoever creates and changes records has a table to do it in.
  if (spec.table === false) return { name: 'things', spec: { access: {}, fields: {}, reports: evaluate(`{ ${KEYS.reports} }`).reports, table: false } } as unknown as AnyResource // prettier-ignore
  if (spec.source) return { name: 'things', spec: { ...merged, access: { read: (base.access as { read: unknown }).read } } } as unknown as AnyResource // prettier-ignore

  return { name: 'things', spec: merged } as unknown as AnyResource
}

const sqlLines = ({ table }: Model): string[] => createSql(table ? [table] : []).flatMap((text) => text.split('\n')).map((line) => line.replace(/,$/, '')) // prettier-ignore

const modelOf = (resource: AnyResource): Model =>
  verifiedModels([accounts], [resource]).find(({ name }) => name === 'things')!

const effects = (name: string, before: Model, after: Model): string => {
  const sql = differences(sqlLines(before), sqlLines(after))
  const api = differences(apiLines([before]), apiLines([after]))
  const parts = [...sql, ...(sql.length > 0 && api.length > 0 ? [''] : []), ...api]
  const said = SAID[name] ? [SAID[name]] : []
  // Whoever adds a key whose effect is not seen in these says what it is.
  if (parts.length + said.length === 0) throw new Error(`What ${name} makes has to be said in keys.ts`)

  return [...said, ...(parts.length > 0 ? [`\`\`\`diff\n${parts.join('\n')}\n\`\`\``] : [])].join('\n\n')
}

const section = (name: string, example: string, base: Model): string => {
  const [key, what] = name.split(': ')
  const heading = `\`${key}\`${what ? `: ${what}` : ''}`

  return `## ${heading}\n\n\`\`\`ts\n${example}\n\`\`\`\n\n${effects(name, base, modelOf(declared(example)))}\n`
}

const HEAD = `# What each key makes

A declaration, and for each key of the language what changes in the table, the routes, the events and the rights once it is written beside it. Where these do not show it, a sentence says what it does.
This page is made from the engine: \`UPDATE_KEYS=1 npx cross-env NODE_ENV=test mocha test/docs-keys.test.ts\` writes it, and the test fails while it says something else. [resource.md](resource.md) explains the keys.
`

/** The whole of docs/keys.md. */
export const keysPage = (): string => {
  const base = modelOf(declared(''))
  const shown = [...sqlLines(base), '', ...apiLines([base])].join('\n')
  const sections = Object.entries(KEYS).map(([name, example]) => section(name, example, base))

  return `${HEAD}\n\`\`\`ts\n${MINE}\n\ndefineResource('things', ${BASE})\n\`\`\`\n\n\`\`\`\n${shown}\n\`\`\`\n\n${sections.join('\n')}`
}
