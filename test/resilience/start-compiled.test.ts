import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const ROOT = path.join(__dirname, '../..')
const MAIN = `import { greet } from './greet'
interface Unused { readonly name: string }
console.log(greet('Ada'))
export type { Unused }
`
const GREET = `type Name = string
export const greet = (name: Name): string => \`hello \${name}\`
`

/** `npm start` of a small checkout: what is made of its sources, and when. */
describe('npm start compiles', function () {
  this.timeout(60_000)
  let checkout: string
  beforeEach(() => {
    checkout = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'rachis-compiled-')))
    for (const folder of ['src', 'packages', 'node_modules']) fs.mkdirSync(path.join(checkout, folder))
    for (const part of ['scripts', 'tsconfig.json'])
      fs.cpSync(path.join(ROOT, part), path.join(checkout, part), { recursive: true })
    for (const name of ['esbuild', '@esbuild'])
      fs.symlinkSync(
        path.join(ROOT, 'node_modules', name),
        path.join(checkout, 'node_modules', name),
        'junction'
      )
    write('src/index.ts', MAIN)
    write('src/greet.ts', GREET)
  })
  afterEach(() => fs.rmSync(checkout, { recursive: true, force: true }))

  const at = (file: string) => path.join(checkout, file)
  const write = (file: string, text: string) => fs.writeFileSync(at(file), text)
  const CACHE = 'node_modules/.cache/rachis'
  /** Another file takes its place wherever it is written anew. */
  const made = () => fs.statSync(at(`${CACHE}/code.json`)).ino

  const start = async () => {
    const args = ['-C', 'source', '-r', './scripts/compiled.cjs', 'src/index.ts']
    const child = spawn(process.execPath, args, { cwd: checkout, env: { ...process.env, NODE_OPTIONS: '' } })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    const [code] = (await once(child, 'close')) as [number]

    return { code, output }
  }
  const says = async (text: string) => assert.deepEqual(await start(), { code: 0, output: text })

  it('once, and again when a source has changed, even where it has the size and the time of before', async () => {
    await says('hello Ada\n')
    const before = made()
    await says('hello Ada\n')
    assert.equal(made(), before)
    const { atime, mtime } = fs.statSync(at('src/greet.ts'))
    write('src/greet.ts', GREET.replace('hello', 'howdy'))
    fs.utimesSync(at('src/greet.ts'), atime, mtime)
    await says('howdy Ada\n')
    assert.notEqual(made(), before)
  })

  it('a source that is new, and none that is gone', async () => {
    await says('hello Ada\n')
    write('src/index.ts', MAIN.replace('./greet', './other'))
    write('src/other.ts', GREET.replace('hello', 'welcome'))
    fs.rmSync(at('src/greet.ts'))
    await says('welcome Ada\n')
    const { texts } = JSON.parse(fs.readFileSync(at(`${CACHE}/code.json`), 'utf8')) as { texts: object }
    assert.deepEqual(Object.keys(texts), ['src/index.ts', 'src/other.ts'].map(path.normalize))
  })

  it('each time where nothing can be stored', async () => {
    write('node_modules/.cache', 'a file, in which there can be no folder')
    await says('hello Ada\n')
    await says('hello Ada\n')
    assert.deepEqual(fs.readdirSync(at('node_modules')), ['.cache', '@esbuild', 'esbuild'])
  })

  it('what was stored in part is not believed', async () => {
    await says('hello Ada\n')
    write(`${CACHE}/code.json`, fs.readFileSync(at(`${CACHE}/code.json`), 'utf8').slice(0, 100))
    await says('hello Ada\n')
  })

  it('for several that start at once', async () => {
    const started = await Promise.all([1, 2, 3, 4].map(start))
    assert.deepEqual(new Set(started.map(({ output }) => output)), new Set(['hello Ada\n']))
    assert.deepEqual(fs.readdirSync(at(CACHE)).filter((name) => name !== 'v8').sort(), ['code.json', 'maps.json'])
  }) // prettier-ignore

  it('a source that was made while it runs, and imports it by import()', async () => {
    write('src/index.ts', `
      import { writeFileSync } from 'node:fs'
      import path from 'node:path'
      writeFileSync(path.join(__dirname, 'late.ts'), 'export const late: string = "late"')
      void import('./late' as string).then(({ late }: { late: string }) => console.log(late))
    `) // prettier-ignore
    await says('late\n')
  })

  it('and says the line of the source in a stack, from the first start and from a later one', async () => {
    write('src/greet.ts', `interface Wide {\n  readonly a: string\n}\n\nexport const greet = (_wide: unknown) => {\n  throw new Error('no')\n}\n`)
    for (const _start of [1, 2]) {
      const { code, output } = await start()
      assert.equal(code, 1)
      assert.ok(output.includes(`Error: no\n    at greet (${at('src/greet.ts')}:6:9)`), output)
      assert.ok(output.includes(`${at('src/index.ts')}:3:13)`), output)
    }
  }) // prettier-ignore

  /** The second greeting throws behind an interface, which leaves no line in what is run. */
  const THROWING = `interface Wide {\n  readonly a: string\n}\nexport const greet = (_wide: unknown) => {\n  throw new Error('no')\n}\n`
  const linesOf = async (calling: string, thrown: number) => {
    const { output } = await start()
    assert.ok(output.includes(`at greet (${at('src/greet.ts')}:${thrown}:9)`), output)
    assert.ok(output.includes(`${at('src/index.ts')}:${calling})`), output)
  }

  it('and says it where another source has changed since, and where the maps were lost', async () => {
    write('src/greet.ts', THROWING)
    await linesOf('3:13', 5)
    write('src/greet.ts', `interface More {\n  readonly b: string\n}\n${THROWING}`)
    await linesOf('3:13', 8)
    write('src/greet.ts', THROWING)
    fs.rmSync(at(`${CACHE}/maps.json`))
    await linesOf('3:13', 5)
    fs.rmSync(at(`${CACHE}/maps.json`))
    await linesOf('3:13', 5)
    write(`${CACHE}/maps.json`, '{}')
    await linesOf('3:13', 5)
  })

  it('and says it of what it runs, where another process has compiled something else meanwhile', async () => {
    write('src/greet.ts', THROWING)
    write('src/other.ts', 'export {}\n')
    write('src/index.ts', `
      import { execFileSync } from 'node:child_process'
      import { writeFileSync } from 'node:fs'
      import { greet } from './greet'
      interface Unused { readonly name: string }
      writeFileSync('src/greet.ts', ${JSON.stringify(`// Another line\n\n${THROWING}`)})
      execFileSync(process.execPath, ['-r', './scripts/compiled.cjs', 'src/other.ts'])
      greet('Ada')
    `) // prettier-ignore
    await linesOf('8:7', 5)
  })

  it('and names the line of a source that cannot be read', async () => {
    write('src/greet.ts', 'export const greet = (name: string => name\n')
    const { code, output } = await start()
    assert.equal(code, 1)
    assert.match(output, /^\nRachis could not start: Build failed with 1 error:\nsrc[/\\]greet\.ts:1:35: ERROR: /)
    assert.doesNotMatch(output, / at /)
  }) // prettier-ignore
})
