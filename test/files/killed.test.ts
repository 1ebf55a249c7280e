import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import path from 'node:path'
import { Children } from '../helpers/child'
import { onlyInDepth } from '../helpers/depth'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { filesIn, stageOf } from './stage'
import { goOn, idOf, tusClient } from './tus-client'

const SIZE = 2_147_483_648
const PIECE = Buffer.alloc(1_048_576, 1)
/** What a server has that has done nothing yet is about half of it. */
const MEMORY = 400_000_000

/** Bytes that are never in memory together. */
const stream = (size: number, onPiece: (left: number) => void = () => {}) => {
  let left = size
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left === 0) return controller.close()
      const piece = PIECE.subarray(0, Math.min(left, PIECE.length))
      left -= piece.length
      onPiece(left)
      controller.enqueue(piece)
    }
  })
}

const digestOf = (size: number): string => {
  const hash = createHash('sha256')
  for (let left = size; left > 0; left -= PIECE.length) hash.update(PIECE.subarray(0, Math.min(left, PIECE.length))) // prettier-ignore
  return hash.digest('hex')
}

describe('an upload of 2 GB whose server is killed', () => {
  let world: World
  let child: ChildProcess
  const children = new Children()
  const options = stageOf()
  before(async function () {
    onlyInDepth(this)
    world = await openStage(options)
  })
  after(async () => {
    children.killAll()
    await world?.close()
  })
  const ask = async (): Promise<Record<string, number>> => ((await once(child, 'message')) as [any])[0]
  /** A process of its own on the database of the world. */
  const start = async (): Promise<string> => {
    const migrations = (world.app.get('migrations') as string[]).at(-1)!
    child = children.start(path.join(__dirname, 'child.ts'), [world.database, migrations, options.folder]) // prettier-ignore
    return `http://127.0.0.1:${(await ask()).port}`
  }

  it('goes on where it was, in as much memory as any other, and is the same file', async () => {
    const owner = await world.person('owner')
    let client = tusClient(await start(), owner)
    const upload = await client.begin(SIZE)
    const killing = stream(SIZE, (left) => {
      if (left === SIZE / 2) child.kill('SIGKILL')
    })
    await assert.rejects(client.append(upload, 0, killing))
    client = tusClient(await start(), owner)
    const { status, offset } = await goOn(client, upload, (from) => stream(SIZE - from))
    assert.ok(offset > SIZE / 4 && offset < SIZE, String(offset))
    assert.equal(status, 204)
    child.send('memory')
    const { memory } = await ask()
    assert.ok(memory! < MEMORY, `${memory} bytes of memory`)
    const { body } = await world.as('owner').get(`/files/${idOf(upload)}`)
    assert.deepEqual([body.size, body.sha256], [SIZE, digestOf(SIZE)])
    const kept = await filesIn(options.folder)
    assert.deepEqual(kept.map((file) => path.basename(file)), [body.id]) // prettier-ignore
  }).timeout(300_000)
})
