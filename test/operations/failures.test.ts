import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

const ROOT = path.join(__dirname, '../..')

describe('the table of what fails in docs/operations.md', () => {
  const page = readFileSync(path.join(ROOT, 'docs/operations.md'), 'utf8')
  const rows = page
    .split('### What fails, and what happens then')[1]!
    .split('\n###')[0]!
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (---|what) /.test(line))

  it('names for each row tests that there are', () => {
    assert.ok(rows.length > 10)
    for (const row of rows) {
      const tests = [...row.matchAll(/`(test\/[\w/-]+\.test\.ts)`/g)].map(([, file]) => file!)
      assert.ok(tests.length > 0, row)
      for (const file of tests) assert.ok(existsSync(path.join(ROOT, file)), file)
    }
  })
})
