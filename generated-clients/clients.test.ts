import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { startWorld } from '../test/helpers/world'
import type { Person, World } from '../test/helpers/world'
import { binOf, OUT, run } from './tools'

const DOCUMENT = path.join(OUT, 'openapi.json')
const TSC = binOf('typescript', 'tsc')
const COMPILER_OPTIONS = {
  strict: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  skipLibCheck: false,
  target: 'es2022',
  lib: ['es2022', 'dom', 'dom.iterable'],
  module: 'preserve',
  moduleResolution: 'bundler',
  types: []
}
/** A project of one program, with what it imports. */
const projectOf = async (name: string, program: string): Promise<string> => {
  const file = path.join(OUT, `tsconfig.${name}.json`)
  await writeFile(file, JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files: [program] }))

  return file
}

/** How each generator writes its client, without options that would change what the document means. */
const GENERATORS: Record<string, string[]> = {
  'openapi-fetch': [binOf('openapi-typescript'), DOCUMENT, '-o', path.join(OUT, 'openapi-typescript.ts')],
  'hey-api': [binOf('@hey-api/openapi-ts', 'openapi-ts'), '-i', DOCUMENT, '-o', path.join(OUT, 'hey-api')],
  orval: [binOf('orval'), '--input', DOCUMENT, '--output', path.join(OUT, 'orval.ts'), '--client', 'fetch'],
  'swagger-typescript-api': [binOf('swagger-typescript-api', 'sta'), 'generate', '-p', DOCUMENT, '-o', path.join(OUT, 'swagger-typescript-api'), '-n', 'api.ts'] // prettier-ignore
}

describe('generated clients', function () {
  this.timeout(180_000)
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld()
    const cast = await world.cast()
    owner = cast.owner
    const product = { name: 'Tea', sku: 'tea-1', price: 19.9, stock_quantity: 5 }
    for (const [index, price] of [5, 19.9, 50].entries())
      await world.rest(cast.admin, 'POST', '/products', { body: { ...product, sku: `tea-${index}`, price } })
    await rm(OUT, { recursive: true, force: true })
    await mkdir(OUT)
    const document = await fetch(`${world.url}/openapi.json`)
    await writeFile(DOCUMENT, await document.text())
  })
  after(() => world?.close())

  for (const [name, command] of Object.entries(GENERATORS)) {
    const program = path.join(__dirname, 'programs', `${name}.ts`)
    describe(name, () => {
      it('is written from the document', () => run(command))
      it('compiles with strict types, and so does a program that uses it', async () => {
        await run([TSC, '-p', await projectOf(name, program)])
      })
      it('creates, lists, filters, and is told its errors', async () => {
        const env = { API_URL: world.url, API_TOKEN: owner.token! }
        await run(['--import', require.resolve('tsx'), program], env)
      })
    })
  }
})
