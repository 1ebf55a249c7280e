import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { readTexts } from '../packages/rachis/src/settings/environment'
import { DEFAULTS, PRODUCTION, settingsSchema, VARIABLES } from './helpers/settings'

const PAGE = readFileSync(path.join(__dirname, '../docs/operations.md'), 'utf8')

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
}
/** `{ http: { port: … } }` → `http.port`. */
const settingsIn = ({ properties = {} }: Schema, before = ''): string[] =>
  Object.entries(properties).flatMap(([name, inner]) =>
    inner.properties ? settingsIn(inner, `${before}${name}.`) : [`${before}${name}`]
  )

const codes = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!)

/** The table of the section "Settings". */
const rows = PAGE.split('## Settings')[1]!
  .split('\n## ')[0]!
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => {
    const [settings, variables, value, meaning] = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim())
    return {
      settings: codes(settings!),
      variables: codes(variables!),
      value: value!,
      meaning: meaning!
    }
  })

const valueAt = (from: object, setting: string): unknown =>
  setting
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], from)

/** Settings without a value, and the ones that are objects, are described in words. */
const isShown = (value: unknown) => value !== '' && typeof value !== 'object'
const shown = (value: unknown): string[] => {
  if (Array.isArray(value) && value.length === 0) return ['none']
  return isShown(value) ? [String(value)] : []
}

/** The default as the page writes it, with what production has instead. */
const written = (settings: readonly string[]): string => {
  const usual = settings.flatMap((setting) => shown(valueAt(DEFAULTS, setting))).join(', ')
  const inProduction = settings.flatMap((setting) => valueAt(PRODUCTION, setting) ?? []).join(', ')

  return inProduction ? `${usual} (production ${inProduction})` : usual
}

describe('the page of settings', () => {
  it('has each setting once, and no other', () => {
    const listed = rows.flatMap(({ settings }) => settings)
    assert.deepEqual([...listed].sort(), settingsIn(settingsSchema as Schema).sort())
  })

  it('has each variable of the environment beside its setting, and no other', () => {
    for (const { settings, variables } of rows) {
      const own = Object.entries(VARIABLES).filter(([setting]) =>
        settings.some((name) => setting === name || setting.startsWith(`${name}.`))
      )
      assert.deepEqual([...variables].sort(), own.map(([, variable]) => variable).sort(), settings.join())
    }
    assert.deepEqual(rows.flatMap(({ variables }) => variables).sort(), Object.values(VARIABLES).sort())
  })

  it('has the defaults', () => {
    // Its default is public; the page does not repeat it.
    const told = rows.filter(({ settings }) => settings[0] !== 'secret_key')
    const known = told.filter(({ settings }) => written(settings) !== '')
    assert.ok(known.length > 40)
    assert.deepEqual(known.map(({ settings, value }) => [settings, value]), known.map(({ settings }) => [settings, written(settings)])) // prettier-ignore
    for (const { settings, value } of told.filter((row) => !known.includes(row)))
      assert.doesNotMatch(value, /^(\d|true|false)/, settings.join())
  })

  it('explains each', () => {
    for (const { settings, meaning } of rows) assert.ok(meaning.length > 10, settings.join())
  })

  it('has the spellings of a boolean', () => {
    const sentence = /a boolean is ([^;]+);/.exec(PAGE)![1]!
    const [yes, no] = sentence.split(', or ').map(codes)
    const read = (text: string) => (readTexts(settingsSchema, { seed_demo: text }) as { seed_demo: unknown }).seed_demo // prettier-ignore
    for (const [words, value] of [[yes!, true], [no!, false]] as const)
      for (const word of words) assert.deepEqual([read(word), read(word.toUpperCase())], [value, value], word)
    for (const other of ['on', 'off', 'y', 'n', 't', 'f', '2', '-1', '1.0', 'enabled'])
      assert.equal(read(other), other)
    assert.deepEqual([yes!.length, no!.length], [3, 3])
  }) // prettier-ignore
})
