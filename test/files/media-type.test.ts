import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { sendForm, stageOf } from './stage'

const XML = '<?xml version="1.0"?>'
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'

/** Texts by what they are taken for. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  'image/svg+xml': [
    SVG,
    `\ufeff \n${SVG}`,
    `${XML}<!-- a --> <!-- b -->${SVG}`,
    `<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">${SVG}`,
    `${XML}<!DOCTYPE svg [<!ENTITY a "b">]>${SVG}`,
    '<a:svg xmlns:a="http://www.w3.org/2000/svg"/>'
  ],
  'text/html': [
    '<!doctype html><p>',
    '<script>alert(1)</script>',
    '<!-- a --><!-- b --> <IFRAME>',
    `<!--${'a'.repeat(5000)}--><script>alert(1)</script>`,
    '<my-svg>'
  ],
  'application/xml': [`${XML}<feed/>`],
  'text/plain': ['a < b', '< no tag', 'a <script>', '2026-11-29']
}

/** Each took one expression minutes, by the many ways in which it could be divided. */
const SLOW = [
  '<!-- -->'.repeat(500) + '<',
  '<!---->\n'.repeat(510) + '!',
  ' '.repeat(2000) + '\ufeff'.repeat(600) + '<',
  '<!--'.repeat(1000),
  '<?xml?>'.repeat(580) + '<'
]

describe('the type of a file', () => {
  let world: World
  before(async () => {
    world = await openStage(stageOf({ types: Object.keys(TEXTS) }))
  })
  after(() => world?.close())

  const send = async (bytes: string) =>
    (await sendForm(world.url, await world.person('owner'), { bytes, name: 'a.png' })).body

  it('is that of its first tag, whatever its sender says', async () => {
    for (const [type, texts] of Object.entries(TEXTS))
      for (const text of texts) assert.equal((await send(text)).type, type, text.slice(0, 80))
  })

  it('is found at once, however a text was made to take long', async () => {
    for (const text of SLOW) {
      const before = performance.now()
      assert.match((await send(text)).type, /^text\//)
      assert.ok(performance.now() - before < 2000, text.slice(0, 40))
    }
  })
})
