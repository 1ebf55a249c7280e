import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const SRC = path.join(__dirname, '../src')

/** Who may import whom at run time; imports of types cost nothing and bind nothing. docs/architecture.md shows the same table. */
const ALLOWED: Record<string, readonly string[]> = {
  resource: ['resource'],
  compilers: ['compilers', 'resource', 'errors'],
  auth: ['auth', 'compilers', 'resource', 'errors'],
  hooks: ['hooks', 'compilers', 'resource', 'errors'],
  changes: ['changes', 'compilers', 'resource', 'errors'],
  database: ['database', 'compilers', 'resource', 'errors'],
  endpoints: ['endpoints', 'compilers', 'resource', 'errors'],
  services: ['services', 'auth', 'hooks', 'resource', 'errors']
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const layerOf = (file: string) => (file.includes('/') ? file.split('/')[0]! : file.replace(/\.ts$/, ''))

const resolved = (from: string, target: string): string => {
  const base = path.join(path.dirname(from), target)
  return [`${base}.ts`, `${base}/index.ts`].find((file) => files.includes(file)) ?? base
}
const importsOf = (file: string): string[] => {
  const text = readFileSync(path.join(SRC, file), 'utf8')
  const found = text.matchAll(/^(?:import|export) (?!type\b)[^'"]*?from '(\.[^']*)'/gms)

  return [...found].map(([, target]) => resolved(file, target!))
}
const graph = new Map(files.map((file) => [file, importsOf(file)]))

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

describe('the architecture', () => {
  it('has no circle of imports', () => {
    const done = new Set<string>()
    for (const file of files) assert.deepEqual(circleFrom(file, [], done) ?? [], [])
  })

  it('keeps to the table of imports', () => {
    const broken = [...graph].flatMap(([file, targets]) =>
      targets
        .filter((target) => ALLOWED[layerOf(file)] && !ALLOWED[layerOf(file)]!.includes(layerOf(target)))
        .map((target) => `${file} imports ${target}`)
    )
    assert.deepEqual(broken, [])
  })

  it('has a layer for every folder', () => {
    const folders = new Set(files.filter((file) => file.includes('/')).map(layerOf))
    assert.deepEqual(
      [...folders].filter((folder) => !ALLOWED[folder] && folder !== 'cli'),
      []
    )
  })
})
