import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { RUN, UNCOUNTED } from '../helpers/runtime'

const CACHE = path.join(__dirname, '../../packages/rachis/src/module-cache')
const FOLDER = 'node_modules/.cache/rachis'
/** More than have to be new for anything to be stored. */
const WORDS = 25

/**
 * Loads the package `greeter`, and says what it says, how often V8 took stored code, how often it compiled, and how often Node searched.
 * Where it is to store, it waits until that is done.
 */
const MAIN = `
const Module = require('node:module'), vm = require('node:vm')
const told = { stored: 0, compiled: 0, searched: 0 }
const { Script } = vm
vm.Script = class extends Script {
  constructor(code, options) {
    super(code, options)
    told[options.cachedData && !this.cachedDataRejected ? 'stored' : 'compiled']++
  }
}
const resolve = Module._resolveFilename
Module._resolveFilename = (...args) => {
  if (args[1]?.path.includes('node_modules') || args[0] === 'greeter') told.searched++
  return resolve.call(Module, ...args)
}
const { cacheModules, storeModules } = require(${JSON.stringify(CACHE)})
cacheModules()
const says = require('greeter')()
console.log(JSON.stringify({ says, ...told }))
if (process.env.STORES) {
  const waiting = setTimeout(() => console.error('nothing is stored'), 30_000)
  void storeModules(0).then(() => clearTimeout(waiting))
}
`
const GREETER = `const name = require('inner')
const words = Array.from({ length: ${WORDS} }, (_none, index) => require('./words/' + index))
module.exports = () => 'hello ' + name + ', ' + words.length + ' words'
`

interface Told {
  readonly says: string
  readonly stored: number
  readonly compiled: number
  readonly searched: number
}

describe('the cache of modules', function () {
  this.timeout(60_000)
  let project: string
  beforeEach(() => {
    project = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'rachis-modules-')))
    write('main.cjs', MAIN)
    write('node_modules/greeter/package.json', '{ "name": "greeter", "main": "./lib/greet.js" }')
    write('node_modules/greeter/lib/greet.js', GREETER)
    for (let index = 0; index < WORDS; index++)
      write(`node_modules/greeter/lib/words/${index}.js`, `module.exports = ${index}`)
    write('node_modules/inner/index.js', `module.exports = 'Ada'`)
  })
  afterEach(() => fs.rmSync(project, { recursive: true, force: true }))

  const at = (file: string) => path.join(project, file)
  const write = (file: string, text: string) => {
    fs.mkdirSync(path.dirname(at(file)), { recursive: true })
    fs.writeFileSync(at(file), text)
  }
  const stored = () => fs.readdirSync(at(FOLDER))

  const run = async (env: NodeJS.ProcessEnv = {}) => {
    const child = spawn(process.execPath, [...RUN, at('main.cjs')], {
      cwd: project,
      env: { ...process.env, ...UNCOUNTED, NODE_DISABLE_COMPILE_CACHE: '', ...env }
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    await once(child, 'close')

    return output
  }
  const start = async (env?: NodeJS.ProcessEnv) => {
    const output = await run(env)
    try {
      return JSON.parse(output) as Told
    } catch {
      throw new Error(`It printed: ${output}`)
    }
  }
  const store = () => start({ STORES: '1' })
  const saying = async (text: string) => assert.equal((await start()).says, text)
  const PLAIN = `hello Ada, ${WORDS} words`

  it('stores, after a start, where modules are and what V8 made of them, and the next start uses that', async () => {
    const first = await store()
    assert.deepEqual([first.says, first.stored], [PLAIN, 0])
    assert.equal(stored().length, 1)
    const next = await start()
    assert.deepEqual(next, { says: PLAIN, stored: first.compiled, compiled: 0, searched: 0 })
  })

  it('and takes of another text what is made of that, even where its size and time are those of before', async () => {
    await store()
    const file = at('node_modules/inner/index.js')
    const { atime, mtime } = fs.statSync(file)
    write('node_modules/inner/index.js', `module.exports = 'Eve'`)
    fs.utimesSync(file, atime, mtime)
    const { says, compiled } = await start()
    assert.deepEqual([says, compiled], [PLAIN.replace('Ada', 'Eve'), 1])
  })

  it('looks again where a package has come nearer', async () => {
    await store()
    write('node_modules/greeter/node_modules/inner/index.js', `module.exports = 'Bob'`)
    await saying(PLAIN.replace('Ada', 'Bob'))
  })

  it('looks again where a package names another file', async () => {
    await store()
    write('node_modules/inner/other.js', `module.exports = 'Cid'`)
    write('node_modules/inner/package.json', '{ "main": "./other.js" }')
    await saying(PLAIN.replace('Ada', 'Cid'))
    await store()
    write('node_modules/inner/package.json', '{ "main": "./index.js" }')
    await saying(PLAIN)
  })

  it('looks again where a file has come that Node would find first', async () => {
    await store()
    write('node_modules/greeter/lib/words/7', `module.exports = 'seven'`)
    write('node_modules/greeter/lib/greet.js', `module.exports = () => require('./words/7')`)
    await saying('seven')
  })

  for (const [what, damage] of Object.entries({
    cut: (file: Buffer) => file.subarray(0, file.length / 2),
    empty: () => Buffer.alloc(0),
    changed: (file: Buffer) => file.fill(1, file.length - 4000)
  }))
    it(`does without a file that is ${what}, and stores another`, async () => {
      await store()
      const file = at(`${FOLDER}/${stored()[0]}`)
      fs.writeFileSync(file, damage(fs.readFileSync(file)))
      const { says, stored: used } = await store()
      assert.deepEqual([says, used], [PLAIN, 0])
      assert.equal((await start()).compiled, 0)
    })

  it('does without what another Node made, or the same with other options', async () => {
    await store()
    const { says, stored: used } = await start({ NODE_OPTIONS: '--stack-trace-limit=20' })
    assert.deepEqual([says, used], [PLAIN, 0])
  })

  it('does without where nothing can be written', async () => {
    write('node_modules/.cache', 'a file, in which there can be no folder')
    await store()
    await saying(PLAIN)
  })

  it('leaves nothing half-written where several store at once', async () => {
    const started = await Promise.all([1, 2, 3].map(store))
    assert.deepEqual(new Set(started.map(({ says }) => says)), new Set([PLAIN]))
    assert.equal(stored().length, 1)
    assert.equal((await start()).compiled, 0)
  })

  it('is off where Node is told to keep none', async () => {
    await store()
    assert.deepEqual(await start({ NODE_DISABLE_COMPILE_CACHE: '1' }), { says: PLAIN, stored: 0, compiled: 0, searched: WORDS + 2 })
  }) // prettier-ignore

  it('leaves modules with a map to Node where it reads maps', async () => {
    write('node_modules/greeter/lib/words/7.js', 'module.exports = 7\n//# sourceMappingURL=7.js.map')
    const { compiled } = await store()
    const read = await start({ NODE_OPTIONS: '--enable-source-maps' })
    assert.deepEqual([read.says, read.compiled], [PLAIN, compiled - 1])
  })

  it('leaves stacks, import() and modules that are no CommonJS as they are', async () => {
    const files = {
      'index.js': `module.exports = new Error('first line').stack + import.name`,
      'wrong.js': `const = 1`,
      'esm/package.json': '{ "type": "module" }',
      'esm/index.js': `export const here = import.meta.filename\nexport const name = 'an ES module'`
    }
    for (const [file, text] of Object.entries(files)) write(`node_modules/odd/${file}`, text)
    write('node_modules/odd/index.js', `module.exports = { stack: new Error('first line').stack.split('\\n', 2), esm: require('./esm/index.js').name }
try { require('./wrong') } catch (error) { module.exports.wrong = error.stack.split('\\n', 1) + error.name }
module.exports.later = import('./esm/index.js').then(({ here }) => here)
module.exports.main = [require.main === process.mainModule, require.resolve('greeter'), require.resolve('./wrong', { paths: [__dirname] }), typeof require.cache[__filename], this === exports]`)
    write('node_modules/greeter/lib/greet.js', `${GREETER}
const odd = require('odd')
odd.later.then((later) => console.error(JSON.stringify({ ...odd, later })))`) // prettier-ignore
    const plain = (await run({ NODE_DISABLE_COMPILE_CACHE: '1', NODE_NO_WARNINGS: '1' })).split('\n')[1]
    assert.match(plain!, /an ES module/)
    for (const env of [{ STORES: '1' }, {}])
      assert.equal((await run({ ...env, NODE_NO_WARNINGS: '1' })).split('\n')[1], plain)
  }) // prettier-ignore
})
