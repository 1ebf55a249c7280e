import assert from 'node:assert/strict'
import { writeFile, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { startWorld } from '../test/helpers/world'
import type { World } from '../test/helpers/world'
import { OUT, run } from './tools'

/** The parser of the AsyncAPI initiative, in a process of its own. It prints what is wrong with a document. */
const PROGRAM = `
const { Parser } = require('@asyncapi/parser')
const text = require('fs').readFileSync(process.argv[1], 'utf8')
new Parser().parse(text).then(({ document, diagnostics }) => {
  const wrong = diagnostics.filter(({ severity }) => severity === 0)
  console.log(JSON.stringify({ isParsed: document !== undefined, channels: document?.channels().all().length, wrong }))
})`

describe('the AsyncAPI document', () => {
  let world: World
  before(async () => {
    world = await startWorld()
  })
  after(() => world.close())

  it('is valid', async function () {
    this.timeout(120_000)
    await mkdir(OUT, { recursive: true })
    const file = path.join(OUT, 'asyncapi.json')
    const text = await (await fetch(`${world.url}/asyncapi.json`)).text()
    await writeFile(file, text)
    const found = JSON.parse(await run(['-e', PROGRAM, file])) as {
      isParsed: boolean
      channels: number
      wrong: unknown[]
    }
    assert.deepEqual(found.wrong, [])
    assert.ok(found.isParsed && found.channels > 5)
    const broken = path.join(OUT, 'asyncapi-broken.json')
    await writeFile(broken, text.replace('"action":"send"', '"action":"shout"'))
    const refused = JSON.parse(await run(['-e', PROGRAM, broken])) as { wrong: unknown[] }
    assert.ok(refused.wrong.length > 0)
  })
})
