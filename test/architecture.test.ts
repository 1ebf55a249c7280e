import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'

const ENGINE = path.join(__dirname, '../packages/rachis/src')
const APPLICATION = path.join(__dirname, '../src')

const PLAIN = ['errors', 'util']
const LANGUAGE = ['declare', ...PLAIN]
const LOWERED = ['model', 'sql', ...LANGUAGE]
const CALLS = ['service', 'query', 'rules', ...LOWERED]
/** What a module such as accounts may use: everything but the transports and the connection itself. */
const MODULE = ['feed', 'settings', 'openapi', ...CALLS]

/** Who may import whom, values and types alike. docs/architecture.md shows the same table. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  client: ['declare'],
  util: ['errors'],
  declare: ['util'],
  sql: ['declare', 'util'],
  model: ['sql', ...LANGUAGE],
  rules: ['model', ...LANGUAGE],
  query: ['rules', ...LOWERED],
  service: ['query', 'rules', ...LOWERED],
  http: ['service', 'model', 'rules', 'feed', ...LANGUAGE],
  sockets: ['service', 'model', 'rules', 'feed', ...LANGUAGE],
  openapi: ['service', 'model', 'rules', 'query', ...LANGUAGE],
  observe: ['model', ...LANGUAGE],
  feed: ['rules', 'model', 'sql', 'util'],
  settings: LOWERED,
  database: ['settings', ...LOWERED],
  accounts: MODULE,
  admin: MODULE,
  batch: MODULE,
  files: [...MODULE, 'jobs'],
  graphql: MODULE,
  jobs: MODULE,
  // Mails are sent by jobs, and what is received becomes one.
  notifications: ['jobs', ...MODULE],
  receivers: ['jobs', ...MODULE],
  // It does its work by jobs, keeps secrets as accounts does, and mails by its mailer.
  webhooks: ['accounts', 'jobs', ...MODULE]
}
/** The folders of modules, which import the type of one. */
const MODULES = [
  'accounts',
  'admin',
  'batch',
  'files',
  'graphql',
  'jobs',
  'notifications',
  'receivers',
  'webhooks'
]
/** They put the parts together, so they may import all of them. */
const ASSEMBLY = ['cli', 'testing']

/** Every module that a file names: imports and exports of values and of types, `import()` and `require()`. */
const importsIn = (file: string): string[] =>
  ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles.map(({ fileName }) => fileName)

const sourcesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

const files = sourcesIn(ENGINE)
const folderOf = (file: string): string | undefined => (file.includes('/') ? file.split('/')[0] : undefined)

const resolved = (from: string, target: string): string => {
  const base = path.join(path.dirname(from), target)
  const found = [`${base}.ts`, path.join(base, 'index.ts')].find((file) => files.includes(file))
  assert.ok(found, `${from} imports ${target}, which is no file of the engine`)

  return found
}
const graph = new Map(
  files.map((file) => {
    const local = importsIn(path.join(ENGINE, file)).filter((name) => /^\..*(?<!\.json)$/.test(name))
    return [file, local.map((specifier) => resolved(file, specifier))]
  })
)

/** The first circle that a walk from here finds. */
const circleFrom = (file: string, trail: readonly string[], done: Set<string>): string[] | undefined => {
  if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file]
  if (done.has(file)) return undefined
  for (const next of graph.get(file) ?? []) {
    const circle = circleFrom(next, [...trail, file], done)
    if (circle) return circle
  }
  done.add(file)

  return undefined
}

const mayImport = (file: string, target: string): boolean => {
  const [from, to] = [folderOf(file), folderOf(target)]
  if (target === 'module.ts' && from !== undefined) return [...MODULES, ...ASSEMBLY].includes(from)
  // It is a type that modules import, so it is held to what they may import.
  if (file === 'module.ts') return to !== undefined && MODULE.includes(to)
  // The other files beside the folders assemble the engine.
  if (from === undefined || ASSEMBLY.includes(from) || from === to) return true

  return to !== undefined && ALLOWED[from]!.includes(to)
}

describe('the architecture', () => {
  it('has no circle of imports, types included', () => {
    const done = new Set<string>()
    for (const file of files) assert.deepEqual(circleFrom(file, [], done) ?? [], [])
  })

  it('keeps to the table of imports, types included', () => {
    const broken = [...graph].flatMap(([file, targets]) =>
      targets.filter((target) => !mayImport(file, target)).map((target) => `${file} imports ${target}`)
    )
    assert.deepEqual(broken, [])
  })

  it('keeps the test kit out of what production loads', () => {
    const users = [...graph].filter(
      ([file, targets]) =>
        folderOf(file) !== 'testing' && targets.some((target) => folderOf(target) === 'testing')
    )
    assert.deepEqual(users, [])
  })

  it('lets the transports know of the pipeline nothing but the types of a call', () => {
    const transports = files.filter((file) => ['http', 'sockets', 'openapi'].includes(folderOf(file)!))
    const isEntrance = (line: string) => /^import type \{[^}]*\} from '\.\.\/service\/call'$/.test(line)
    const broken = transports.flatMap((file) =>
      readFileSync(path.join(ENGINE, file), 'utf8')
        .split(/^(?=import|export)/m)
        .map((statement) => statement.split(/\n(?!  |\})/)[0]!.trim())
        .filter((statement) => statement.includes("'../service/") && !isEntrance(statement))
        .map((statement) => `${file}: ${statement}`)
    )
    assert.deepEqual(broken, [])
  })

  it('gives the client of the engine nothing but types: it runs in browsers', () => {
    const outside = files
      .filter((file) => folderOf(file) === 'client')
      .flatMap((file) =>
        readFileSync(path.join(ENGINE, file), 'utf8')
          .split('\n')
          .filter((line) => /from '(\.\.\/)+declare/.test(line) && !line.startsWith('import type'))
          .map((line) => `${file}: ${line}`)
      )
    assert.deepEqual(outside, [])
  })

  it('has no word of the application in the engine', () => {
    const words = /products|orders|(?<!re)stores|store_ids|sku|shop|replenishment/
    const engine = path.join(ENGINE, '..')
    const texts = readdirSync(engine, { recursive: true, encoding: 'utf8' })
      .filter((file) => /^(src|migrations)\/.*\.ts$|^[^/]*\.json$/.test(file))
      .map((file) => [file, readFileSync(path.join(engine, file), 'utf8')] as const)
    assert.ok(texts.length > 200)
    const found = texts.filter(([, text]) => words.test(text)).map(([file, text]) => `${file}: ${words.exec(text)![0]}`) // prettier-ignore
    assert.deepEqual(found, [])
  })

  it('has an entry of the table for every folder', () => {
    const folders = new Set(files.flatMap((file) => folderOf(file) ?? []))
    assert.deepEqual([...folders].sort(), [...Object.keys(ALLOWED), ...ASSEMBLY].sort())
  })

  it('lets the application import what the engine exports, and nothing behind it', () => {
    const inside = sourcesIn(APPLICATION).flatMap((file) =>
      importsIn(path.join(APPLICATION, file))
        .filter((specifier) =>
          /packages\/|^rachis\/(?!accounts$|admin$|batch$|files$|graphql$|jobs$|notifications$|receivers$|webhooks$|cli$|start$)/.test(
            specifier
          )
        )
        .map((specifier) => `${file} imports ${specifier}`)
    )
    assert.deepEqual(inside, [])
  })
})
