import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'fs'
import path from 'path'
import { lowerAll } from '../../packages/rachis/src/model/lower'
import { resources } from '../helpers/declared'

const ROOT = path.join(__dirname, '../..')
const text = readFileSync(path.join(ROOT, 'docs/seeds.md'), 'utf8')
/** What stands between backticks in the column that says where things are. */
const named = text
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .flatMap((line) => [...line.split('|')[2]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!))
const unique = (names: readonly string[]) => [...new Set(names)].sort()

// A table that nobody checks would soon send its readers astray.
describe('docs/seeds.md', () => {
  it('names files that exist', () => {
    const files = unique(named.filter((name) => /^[\w-]+(\/[\w.-]*)+$|\.ts$/.test(name)))
    assert.ok(files.length > 30)
    const missing = files.filter((name) =>
      ['', 'src', 'src/services', 'packages/rachis/src', 'packages/rachis/src/accounts/resources'].every(
        (folder) => !existsSync(path.join(ROOT, folder, name))
      )
    )
    assert.deepEqual(missing, [])
  })

  it('names operations that are offered', () => {
    const offered = lowerAll(resources)
      .flatMap(({ operations }) => operations)
      .map(({ http }) => `${http.method} ${http.path}`)
    const beside = ['GET /health', 'GET /health/ready']
    const operations = unique(
      named
        .filter((name) => /^(GET|POST|PUT|PATCH|DELETE) \/[a-z]/.test(name))
        .map((name) => name.split('?')[0]!)
    )
    assert.ok(operations.length > 20)
    assert.deepEqual(operations.filter((name) => ![...offered, ...beside].includes(name)), []) // prettier-ignore
  })

  it('says of whatever comes later under which topic it is not built yet', () => {
    const topics = new Set(
      readFileSync(path.join(ROOT, 'docs/not-built-yet.md'), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('| '))
        .map((line) => line.split('|')[1]!.trim())
    )
    const notes = text
      .split('\n')
      .flatMap((line) => (line.startsWith('| ') ? [line.split('|').at(-2)!.trim()] : []))
    const later = notes.filter((note) => note.includes('later'))
    assert.ok(notes.length > 100, String(notes.length))
    const unknown = later.filter((note) => !note.replace(/^.*later: /, '').replace(/,.*$/, '').split('; ').every((topic) => topics.has(topic))) // prettier-ignore
    assert.deepEqual(unknown, [])
  })
})
