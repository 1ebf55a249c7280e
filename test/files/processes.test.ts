import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Person } from '../../packages/rachis/src/testing/wire'
import { DEPTH } from '../helpers/depth'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import type { Process } from './processes'
import { Processes } from './processes'
import { fetchContent, filesIn, stageOf } from './stage'
import { goOn, idOf, openPatch, patchAtOnce } from './tus-client'

const ROUNDS = 20 * DEPTH
/** Large enough that two of them overlap. */
const PART = 1_500_000
/** Of no text, so that no kind of text is recognised. */
const bytesOf = (value: number, size = PART) => Buffer.alloc(size, value)
const digestOf = (bytes: Buffer, algorithm = 'sha256', as: 'hex' | 'base64' = 'hex') =>
  createHash(algorithm).update(bytes).digest(as)

describe('resumable uploads of several processes', () => {
  let world: World
  let owner: Person
  let first: Process
  let second: Process
  const options = stageOf()
  const processes = new Processes(options.folder)
  before(async function () {
    this.timeout(60_000)
    world = await openStage(options)
    owner = await world.person('owner')
    const both = [processes.start(world, owner), processes.start(world, owner)] as const
    ;[first, second] = await Promise.all(both)
  })
  after(async () => {
    processes.endAll()
    await world?.close()
  })
  const sha256Of = async (path: string) => (await world.as('owner').get(`/files/${idOf(path)}`)).body.sha256
  /** Resolves once so much of the first part is on the disk. */
  const written = async (path: string, size: number) => {
    while ((await world.app.get('fileStore').spool.size(idOf(path))) < size) await new Promise(setImmediate)
  }
  /** A PATCH in mid-part, of the first process. */
  const writing = async (path: string, bytes: Buffer, headers = {}) => {
    const patch = openPatch(first.url, path, owner, 0, headers)
    patch.send(bytes)
    await written(path, bytes.length)

    return patch
  }

  it('take the bytes of one of two requests at the same place, and refuse the other', async () => {
    const refusals = new Map<number, number>()
    /** The value that was taken of the two. */
    const race = async (path: string, offset: number, values: readonly [number, number]) => {
      const answers = await Promise.all([first, second].map(({ client }, index) => client.append(path, offset, bytesOf(values[index]!)))) // prettier-ignore
      const statuses = answers.map(({ status }) => status)
      const refused = statuses.find((status) => status !== 204)!
      assert.equal(statuses.filter((status) => status === 204).length, 1, String(statuses))
      assert.ok([404, 409, 423].includes(refused), String(refused))
      refusals.set(refused, (refusals.get(refused) ?? 0) + 1)
      return values[statuses.indexOf(204)]!
    }
    for (let round = 0; round < ROUNDS; round++) {
      const path = await first.client.begin(2 * PART)
      const taken = [await race(path, 0, [1, 2]), await race(path, PART, [3, 4])]
      const expected = Buffer.concat(taken.map((value) => bytesOf(value)))
      assert.equal(await sha256Of(path), digestOf(expected), `round ${round}`)
      assert.deepEqual((await fetchContent(world.url, idOf(path), owner)).bytes, expected)
    }
    assert.ok((refusals.get(423) ?? 0) > ROUNDS / 3, JSON.stringify([...refusals]))
    assert.deepEqual(await world.sql('select * from upload_claims'), [])
  }).timeout(180_000)

  it('tell who waits when to ask again, and how far the other one is', async () => {
    const path = await second.client.begin(PART)
    const patch = await writing(path, bytesOf(1, 1000))
    const { status, headers, body } = await second.client.append(path, 1000, bytesOf(2, PART - 1000))
    assert.deepEqual([status, body.error.code], [423, 'UPLOAD_LOCKED'])
    assert.ok(Number(headers.get('retry-after')) >= 1 && Number(headers.get('retry-after')) <= 6)
    assert.equal(await second.client.offset(path), 1000)
    patch.end(bytesOf(1, PART - 1000))
    assert.equal(await patch.answered, 204)
    assert.equal(await sha256Of(path), digestOf(bytesOf(1)))
  })

  it('are removed by one process while another one writes, and nothing is left of them', async () => {
    await world.settled()
    const had = (await filesIn(options.folder)).sort()
    const path = await second.client.begin(PART)
    const patch = await writing(path, bytesOf(1, 100_000))
    assert.equal((await second.client.send('DELETE', path)).status, 204)
    assert.equal(await patch.answered, 404)
    for (const { client } of [first, second]) assert.equal(await client.offset(path), undefined)
    assert.equal((await world.as('owner').get(`/files/${idOf(path)}`)).status, 404)
    await world.settled()
    assert.deepEqual((await filesIn(options.folder)).sort(), had)
    assert.deepEqual(await world.sql('select * from upload_claims'), [])
  }).timeout(20_000)

  it('are refused with an answer that the client reads, however much it sends', async () => {
    const path = await first.client.begin(20_000_000)
    await first.client.append(path, 0, bytesOf(1, 5))
    for (let round = 0; round < 10; round++) {
      const answer = await patchAtOnce(second.url, path, owner, bytesOf(2, 12_000_000))
      assert.match(
        answer,
        /^HTTP\/1.1 409 [^]*\r\nUpload-Offset: 5\r\n[^]*UPLOAD_CONFLICT/i,
        `round ${round}`
      )
    }
    assert.equal((await first.client.send('DELETE', path)).status, 204)
  }).timeout(30_000)

  it('go on without a process that hangs, and what it still writes counts for nothing', async () => {
    const path = await second.client.begin(PART)
    const patch = await writing(path, bytesOf(1, 1000))
    first.child.kill('SIGSTOP')
    const { status, offset, locked } = await goOn(second.client, path, (from) => bytesOf(2, 500_000 - from))
    assert.deepEqual([status, offset, locked > 0], [204, 1000, true])
    patch.send(bytesOf(3, 200_000))
    first.child.kill('SIGCONT')
    patch.end(bytesOf(3, PART - 201_000))
    assert.ok([409, 0].includes(await patch.answered))
    assert.equal(await first.client.offset(path), 500_000)
    assert.equal((await first.client.append(path, 500_000, bytesOf(4, PART - 500_000))).status, 204)
    const expected = [bytesOf(1, 1000), bytesOf(2, 499_000), bytesOf(4, PART - 500_000)]
    assert.equal(await sha256Of(path), digestOf(Buffer.concat(expected)))
  }).timeout(30_000)

  it('go on after the process that writes was killed: what has arrived stays, unless it has a checksum', async () => {
    const [plain, checked] = [await second.client.begin(PART), await second.client.begin(PART)]
    const checksum = { 'Upload-Checksum': `sha256 ${digestOf(bytesOf(1), 'sha256', 'base64')}` }
    const patches = [await writing(plain, bytesOf(1, 700_000)), await writing(checked, bytesOf(1, 700_000), checksum)] // prettier-ignore
    first.child.kill('SIGKILL')
    assert.deepEqual(await Promise.all(patches.map(({ answered }) => answered)), [0, 0])
    const killed = performance.now()
    const gone = await Promise.all([plain, checked].map((path) => goOn(second.client, path, (from) => bytesOf(2, PART - from)))) // prettier-ignore
    assert.ok(performance.now() - killed < 12_000, 'It goes on once the claim is over')
    assert.deepEqual(gone.map(({ status, offset }) => [status, offset]), [[204, 700_000], [204, 0]]) // prettier-ignore
    assert.ok(gone.every(({ locked }) => locked > 0))
    assert.equal(await sha256Of(plain), digestOf(Buffer.concat([bytesOf(1, 700_000), bytesOf(2, 800_000)])))
    assert.equal(await sha256Of(checked), digestOf(bytesOf(2)))
    assert.deepEqual((await filesIn(options.folder)).filter((name) => name.startsWith('uploads/')), []) // prettier-ignore
  }).timeout(30_000)
})
