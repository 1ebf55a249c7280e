import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { PREFIX } from '../../packages/rachis/src/model/prefix'

const ENGINE = path.join(__dirname, '../../packages/rachis/src')
const COMMENT = /^\s*(\/\*\*|\*|\/\/)/

describe('the prefix of the API', () => {
  it('is written in one place, besides comments', () => {
    const sources = readdirSync(ENGINE, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts')
    )
    const found = sources.filter((file) =>
      readFileSync(path.join(ENGINE, file), 'utf8')
        .split('\n')
        .some((line) => !COMMENT.test(line) && line.includes(PREFIX))
    )
    assert.deepEqual(found, ['model/prefix.ts'])
  })
})
