import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { conformance } from 'rachis/testing'
import { RUN } from '../helpers/runtime'
import { notebookApp } from './notebook'
import { DEPTH, onlyInDepth } from '../helpers/depth'

/** As Mocha runs it. */
conformance({ ...notebookApp, only: ['notebooks', 'notes'], depth: DEPTH })

/** The tests that a runner is given. */
const collect = (options: Partial<Parameters<typeof conformance>[0]> = {}) => {
  const tests = new Map<string, () => Promise<void>>()
  let close: () => Promise<void> = async () => undefined
  conformance({
    ...notebookApp,
    only: ['notebooks', 'notes'],
    ...options,
    runner: {
      describe: (_name, define) => define(),
      it: (name, run) => void tests.set(name, run),
      afterAll: (run) => void (close = run)
    }
  })

  return { tests, close: () => close() }
}

describe('the conformance suite', () => {
  it('runs under node:test as well (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    const file = path.join(__dirname, 'node-test.ts')
    const output = await new Promise<string>((resolve) => {
      const child = execFile(process.execPath, [...RUN, file], { env: process.env }, (_error, stdout, stderr) => resolve(stdout + stderr)) // prettier-ignore
      child.stdin?.end()
    })
    assert.match(output, /# pass 10|pass 10/, output)
    assert.match(output, /# fail 0|fail 0/, output)
  }).timeout(120_000)

  it('fails where a hook lets somebody do what no rule does', async () => {
    const { tests, close } = collect({
      // Without what came with the call it is one of the server itself, which no rule holds up.
      prepare: (app) =>
        app.hooks({
          around: {
            remove: [
              async (context, next) => {
                context.params = {}
                await next()
              }
            ]
          }
        })
    })
    const check = tests.get('refuses to change what the rules do not name, and leaves no trace of it')!
    await assert.rejects(check(), /remove (users|notebooks)/)
    await close()
  }).timeout(60_000)

  it('says which resources there are where one is named that is none', async () => {
    const { tests, close } = collect({ only: ['note'] })
    await assert.rejects([...tests.values()][0]!(), /no resource note; there are .*notes/)
    await close()
  }).timeout(60_000)
})
