import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { endOrphan } from '../../packages/rachis/src/database/embedded/embedded-orphan'
import { isRunning, startOf } from '../../packages/rachis/src/database/embedded/embedded-process'

describe('a process that owns the data folder', () => {
  let folder: string
  let owner: ChildProcess
  beforeEach(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rachis-orphan-'))
    owner = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'])
    await once(owner, 'spawn')
  })
  afterEach(async () => {
    if (owner.exitCode === null && owner.signalCode === null) {
      owner.kill('SIGKILL')
      await once(owner, 'exit')
    }
    fs.rmSync(folder, { recursive: true })
  })

  const describeProcess = (pid: number) => ({ pid, started: startOf(pid) })
  const deadProcess = async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'])
    await once(child, 'spawn')
    const dead = describeProcess(child.pid!)
    child.kill('SIGKILL')
    await once(child, 'exit')
    return dead
  }
  const look = async (parent?: object, own: object = describeProcess(owner.pid!)): Promise<string[]> => {
    const said: string[] = []
    fs.writeFileSync(path.join(folder, 'owner.json'), JSON.stringify({ ...own, parent, id: 'test' }))
    await endOrphan(folder, (line) => said.push(line))
    return said
  }

  it('is ended where the npm that started it is gone, and that is said', async () => {
    const ended = once(owner, 'exit')
    const said = await look(await deadProcess())
    assert.deepEqual((await ended)[1], 'SIGTERM')
    assert.match(said.join(), new RegExp(`Process ${owner.pid} has outlived the npm`))
  })

  it('is left alone where its npm runs, where it was started without npm, and where its number is another process’s', async () => {
    const dead = await deadProcess()
    assert.deepEqual(await look(describeProcess(process.pid)), [])
    assert.deepEqual(await look(), [])
    if (startOf(process.pid)) assert.deepEqual(await look(dead, { pid: owner.pid, started: 'another:1' }), [])
    assert.ok(isRunning(owner.pid!))
  })

  it('is nobody where there is no folder, or a lock that nobody can read', async () => {
    await endOrphan(path.join(folder, 'none'), () => assert.fail())
    fs.writeFileSync(path.join(folder, 'owner.json'), '{"pid":')
    await endOrphan(folder, () => assert.fail())
  })
})
