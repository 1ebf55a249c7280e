import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { SPEC } from '../packages/rachis/src/declare/verifiers/shared/spec-shape'
import { keysPage } from './helpers/key-pages'
import { KEYS } from './types/documented/keys'

const PAGE = path.join(__dirname, '../docs/keys.md')

describe('docs/keys.md', () => {
  it('has an example of each key, and of no other', () => {
    const shown = new Set(Object.keys(KEYS).map((name) => name.split(': ')[0]!))
    assert.deepEqual([...shown].sort(), Object.keys(SPEC.keys).sort())
  })

  it('shows the SQL, the routes, the events and the rights that each makes now', () => {
    const page = keysPage()
    if (process.env.UPDATE_KEYS) writeFileSync(PAGE, page)
    assert.equal(readFileSync(PAGE, 'utf8'), page)
  })
})
