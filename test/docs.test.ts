import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { CATALOGUE } from '../packages/rachis/src/errors/errors'
import { REFERENCES } from '../packages/rachis/src/declare/verifiers/shared/schema-shape'
import { keyPaths } from '../packages/rachis/src/declare/verifiers/shared/shapes'
import { action, report, SPEC, transition } from '../packages/rachis/src/declare/verifiers/shared/spec-shape'
import { verify } from '../packages/rachis/src/model/verify'
import { accounts } from '../packages/rachis/src/accounts'
import { graphql } from '../packages/rachis/src/graphql'
import { errors as fileErrors } from '../packages/rachis/src/files/errors'
import { errors as receivers } from '../packages/rachis/src/receivers/errors'
import { errors } from '../src/errors'
import { resources } from './helpers/declared'
import { notes } from './types/documented/notes'
import { settingsSchema, VARIABLES } from './helpers/settings'

const ROOT = path.join(__dirname, '..')
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8')

/** `{ a: { b: 1 } }` → `a.b`. */
const leaves = (schema: { properties?: Record<string, object> }, prefix = ''): string[] =>
  Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
    'properties' in inner
      ? leaves(inner as { properties: Record<string, object> }, `${prefix}${name}.`)
      : [`${prefix}${name}`]
  )

describe('the documents', () => {
  it('list every error of the catalogue, and no other', () => {
    const rows = Object.entries({
      ...CATALOGUE,
      ...accounts.errors,
      ...graphql.errors,
      ...fileErrors,
      ...receivers,
      ...errors
    }).map(([code, { status, message, hint }]) => `| ${code} | ${status} | ${message} | ${hint} |`)
    const listed = read('docs/errors.md')
      .split('\n')
      .filter((line) => /^\| [A-Z_]+ \|/.test(line))
    assert.deepEqual(listed, rows)
    for (const hint of Object.values(accounts.hints))
      assert.ok(read('docs/errors.md').includes(`\`${hint}\``), hint)
  })

  it('explain every setting', () => {
    const page = read('docs/operations.md')
    assert.deepEqual(
      leaves(settingsSchema).filter((name) => !page.includes(`\`${name}\``)),
      []
    )
  })

  it('explain every key of a declaration', () => {
    const page = read('docs/resource.md')
    const known = [SPEC, transition, action, report].flatMap(({ keys }) => Object.keys(keys))
    const code = [...page.matchAll(/`[^`]+`|```[^]*?```/g)].join(' ')
    assert.deepEqual(
      known.filter((key) => !new RegExp(`\\b${key}\\b`).test(code)),
      []
    )
  })

  it('show an example of each key at every level, and of no other', () => {
    const references = keyPaths(REFERENCES, 'fields.references').filter((path) => !path.endsWith('.readable'))
    const paths = [...new Set(keyPaths(SPEC)), ...references]
    const leaves = paths.filter((path) => !paths.some((other) => other.startsWith(`${path}.`)))
    const section = read('docs/resource.md').split('### Every key')[1]!.split('\n## ')[0]!
    const listed = [...section.matchAll(/^\| `([\w.]+)` \| ./gm)].map(([, path]) => path!)
    assert.deepEqual([...listed].sort(), [...leaves].sort())
  })

  it('show declarations that compile, which npm run check:types sees, and that a server starts with', () => {
    const files = [...read('docs/resource.md').matchAll(/^```ts\n(import [^]*?)^```$/gm)].map(
      ([, code]) => code!
    )
    const shown = files.filter((code) => code.includes('defineResource('))
    assert.deepEqual(shown, [read('test/types/documented/notes.ts')])
    verify([...resources, notes])
  })

  it('explain every environment variable', () => {
    const names = Object.values(VARIABLES)
    assert.ok(names.includes('PORT') && names.includes('SMTP_URL') && names.includes('SEED_DEMO'))
    assert.deepEqual(
      names.filter((name) => !read('docs/operations.md').includes(`\`${name}\``)),
      []
    )
  })

  it('link to files that exist', () => {
    const pages = ['README.md', 'docs/architecture.md', 'docs/resource.md', 'docs/security.md']
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:)([^)#]+)\)/g)]
        .map(([, target]) => path.join(path.dirname(page), target!))
        .filter((target) => !existsSync(path.join(ROOT, target)))
    )
    assert.deepEqual(broken, [])
  })

  it('say of files that exist where a requirement is met', () => {
    const named = [...read('docs/security.md').matchAll(/`((?:src|test|packages)\/[^`]+)`/g)].map(
      ([, file]) => file!
    )
    assert.ok(named.length > 50)
    assert.deepEqual(
      named.filter((file) => !existsSync(path.join(ROOT, file))),
      []
    )
  })

  it('name scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const named = [...read('README.md').matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!)
    assert.deepEqual(
      named.filter((name) => !scripts[name]),
      []
    )
  })
})
