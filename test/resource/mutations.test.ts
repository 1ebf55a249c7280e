import assert from 'node:assert/strict'
import fc from 'fast-check'
import { lookUpRoutes } from '../../packages/rachis/src/model/routes'
import type { AnyResource } from '../../packages/rachis/src/declare'
import { DeclarationError } from '../../packages/rachis/src/declare/verify'
import { lowerVerified } from '../../packages/rachis/src/model/verify'
import { resources } from '../helpers/declared'
import { byDepth } from '../helpers/depth'

type Path = readonly (string | number)[]
type Tree = Record<string | number | symbol, unknown>

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null

/** Functions and the marks of TypeBox, which are symbols, stay what they are. */
const copy = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(copy)
  if (!isTree(value)) return value

  return Object.fromEntries(Reflect.ownKeys(value).map((key) => [key, copy(value[key])]))
}

/** Every place of a declaration; the terms of hooks and functions are code. */
const placesIn = (value: unknown, path: Path = []): Path[] =>
  isTree(value)
    ? Object.keys(value).flatMap((key) => [[...path, key], ...placesIn(value[key], [...path, key])])
    : []

const WRONG: readonly unknown[] = [
  null, undefined, '', 'a', 5, -1, NaN, true, false, [], [null], [undefined], ['a'], [5], [[]], [{}], {}, { a: null }, { a: 'b' }, { $user: 5 },
  { $user: 'nobody' }, () => 1, Symbol('s'), 10n, new Date(0), /x/, new Map()
] // prettier-ignore

interface Mutation {
  readonly resource: number
  readonly place: number
  readonly deed: 'delete' | 'rename' | 'replace' | 'add'
  readonly value: number
}

const mutation = fc.record({
  resource: fc.nat({ max: resources.length - 1 }),
  place: fc.nat(),
  deed: fc.constantFrom('delete', 'rename', 'replace', 'replace', 'add') as fc.Arbitrary<Mutation['deed']>,
  value: fc.nat({ max: WRONG.length - 1 })
})

const mutated = (mutations: readonly Mutation[]): { changed: AnyResource[]; said: string } => {
  const changed = resources.map((resource) => ({ ...resource }) as { name: string; spec: unknown })
  const said = mutations.map(({ resource, place, deed, value }) => {
    const target = changed[resource]!
    target.spec = copy(target.spec)
    const places = placesIn(target.spec)
    const path = places[place % places.length]!
    const key = path.at(-1)!
    const parent = path.slice(0, -1).reduce<unknown>((at, step) => (at as Tree)[step], target.spec) as Tree
    if (deed === 'delete' || deed === 'rename') {
      if (deed === 'rename') parent[`${key}x`] = parent[key]
      delete parent[key]
    } else parent[deed === 'add' ? 'extra' : key] = WRONG[value]

    return `${deed} ${target.name} ${path.join('.')} ${String(WRONG[value])}`
  })

  return { changed: changed as AnyResource[], said: said.join('; ') }
}

/** What a start derives from declarations before it opens the database. */
const start = (declared: readonly AnyResource[]) => lookUpRoutes(lowerVerified(declared))

/** Undefined where it starts. */
const failureOf = (declared: readonly AnyResource[]): unknown => {
  try {
    start(declared)
    return undefined
  } catch (error) {
    return error
  }
}

describe('declarations that are changed at random', () => {
  const names = new Set(resources.map(({ name }) => name))
  const holds = (mutations: readonly Mutation[]) => {
    const { changed, said } = mutated(mutations)
    const failure = failureOf(changed)
    if (failure === undefined) return
    assert.ok(failure instanceof DeclarationError, `${said}: ${(failure as Error).stack}`)
    for (const { resource, path, hint } of failure.problems)
      assert.ok(names.has(resource) && path && hint, `${said}: ${failure.message}`)
  }

  it('start, or are refused with the name of the resource', () =>
    fc.assert(fc.property(fc.array(mutation, { minLength: 1, maxLength: 2 }), holds), {
      numRuns: byDepth(300, 1000, 5000)
      // 1,000 runs take 25 s of one processor.
    })).timeout(900_000)
})
