import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { PREFIX, prefixOf } from '../../packages/rachis/src/model/prefix'

const ENGINE = path.join(__dirname, '../../packages/rachis/src')
const COMMENT = /^\s*(\/\*\*|\*|\/\/)/
/** Of version 1, of another, of one that is put in, or of any in a pattern. */
const SPELLED = /\/api\\?\/v[\d$\\(]/

describe('the prefix of the API', () => {
  it('is written in one place, besides comments', () => {
    // The client is bundled by itself and imports nothing of the engine.
    const sources = readdirSync(ENGINE, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !file.startsWith(`client${path.sep}`)
    )
    const found = sources.filter((file) =>
      readFileSync(path.join(ENGINE, file), 'utf8')
        .split('\n')
        .some((line) => !COMMENT.test(line) && SPELLED.test(line))
    )
    assert.deepEqual(found, ['model/prefix.ts'])
    assert.match(PREFIX, SPELLED)
    assert.match(prefixOf(2), SPELLED)
  })
})
