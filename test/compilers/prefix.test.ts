import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { PREFIX } from '../../packages/rachis/src/model/prefix'

const ENGINE = path.join(__dirname, '../../packages/rachis/src')
/** The catalogue of errors imports nothing, so the hints in it have the path as a text. */
const WRITTEN_OUT = ['errors/error-codes.ts', 'model/prefix.ts']
const COMMENT = /^\s*(\/\*\*|\*|\/\/)/

describe('the prefix of the API', () => {
  it('is written in one place, besides comments and the hints of the catalogue of errors', () => {
    const sources = readdirSync(ENGINE, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts')
    )
    const found = sources.filter((file) =>
      readFileSync(path.join(ENGINE, file), 'utf8')
        .split('\n')
        .some((line) => !COMMENT.test(line) && line.includes(PREFIX))
    )
    assert.deepEqual(found.sort(), WRITTEN_OUT)
  })

  it('is the one that the hints of the catalogue name', () => {
    const catalogue = readFileSync(path.join(ENGINE, 'errors/error-codes.ts'), 'utf8')
    for (const [named] of catalogue.matchAll(/\/api\/v\d+/g)) assert.equal(named, PREFIX)
  })
})
