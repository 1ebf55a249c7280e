import { existsSync } from 'fs'
import { ENGINE_MIGRATIONS } from './database/migration-source'
import type { AnyResource } from './declare'
import { assertNoProblems } from './declare/verify'
import type { Model } from './model/model'
import type { Around } from './model/verify'
import { lowerVerified } from './model/verify'
import type { Module, ModuleConsumer, ModuleContext, ModuleMiddleware, UpgradeHandler } from './module'
import type { MergedParts } from './openapi/openapi-document'
import type { Hook } from './service/hooks/context'
import { inTurn } from './service/hooks/phased'
import type { Secrets } from './service/hooks/prepare'
import type { Identity } from './rules/identity'
import { anonymousOnly } from './rules/identity'
import type { ModuleFacts } from './rules/module-facts'
import type { RawRoutes } from './rules/raw-route'
import { firstTwice } from './util/first-twice'
import type { PageFiles } from './util/page-files'

type Part = Exclude<keyof Module, 'name'>

/** The one module that has a part of which an application can have one only. */
const onlyOf = (modules: readonly Module[], part: Part): Module | undefined => {
  const [first, second] = modules.filter((module) => module[part])
  if (second)
    throw new Error(`The modules ${first!.name} and ${second.name} both have ${part}: leave one out`)

  return first
}

/**
 * Checks that modules can stand side by side.
 *
 * @throws Error that names two modules of one name, or with a part of which there can be one only
 */
export const verifyModules = (modules: readonly Module[]): void => {
  const twice = firstTwice(modules.map(({ name }) => name))
  if (twice !== undefined) throw new Error(`The module ${twice} is listed twice`)
  onlyOf(modules, 'identity')
  onlyOf(modules, 'passwords')
}

const FACTS = ['paths', 'schemes', 'hints', 'links'] as const

/** One kind of facts of all modules together. */
const mergedFacts = (modules: readonly Module[], kind: (typeof FACTS)[number]): object => {
  const entries = modules.flatMap((module) => Object.entries<unknown>(module[kind] ?? {}))
  const twice = firstTwice(entries.map(([name]) => name))
  if (twice !== undefined) throw new Error(`Two modules have ${twice} among their ${kind}: leave one out`)

  return Object.fromEntries(entries)
}

/**
 * What all modules say of themselves as plain data.
 *
 * @throws Error that names what two modules say differently
 */
export const factsOf = (modules: readonly Module[]): ModuleFacts =>
  Object.fromEntries(FACTS.map((kind) => [kind, mergedFacts(modules, kind)])) as unknown as ModuleFacts

/** What declarations are verified with. */
const around = (modules: readonly Module[]): Around => ({
  served: modules.flatMap(({ paths = {} }) => Object.keys(paths)),
  isAnonymous: !modules.some(({ identity }) => identity)
})

/**
 * The models of what modules declare and then of what the application does, verified: by the engine, and by the modules.
 *
 * @throws {DeclarationError} with all problems
 */
export const verifiedModels = (modules: readonly Module[], own: readonly AnyResource[]): readonly Model[] => {
  const theirs = modules.flatMap((module) => module.resources ?? [])
  const models = lowerVerified([...theirs, ...own], around(modules))
  const names = new Set(own.map(({ name }) => name))
  const ownModels = models.filter(({ name }) => names.has(name))
  assertNoProblems(modules.flatMap((module) => module.verify?.(ownModels) ?? []))

  return models
}

/** The folders of migrations in their order: the engine's, those of modules, the application's, which need not be there. */
export const migrationFolders = (modules: readonly Module[], own: string): string[] => [
  ENGINE_MIGRATIONS,
  ...modules.flatMap(({ migrations }) => migrations ?? []),
  ...(existsSync(own) ? [own] : [])
]

export interface ModulesMiddleware extends Required<ModuleMiddleware> {
  /** By their paths. */
  readonly pages: Readonly<Record<string, PageFiles>>
}

/** The middleware of all modules, for each of its places. */
export const middlewareOf = (modules: readonly Module[], context: ModuleContext): ModulesMiddleware => {
  const parts = modules.flatMap((module) => module.middleware?.(context) ?? [])

  return {
    beforeBody: parts.flatMap(({ beforeBody = [] }) => beforeBody),
    rawRoutes: Object.assign({}, ...parts.map(({ rawRoutes = {} }) => rawRoutes)) as RawRoutes,
    streamed: parts.flatMap(({ streamed = [] }) => streamed),
    aroundCalls: parts.flatMap(({ aroundCalls = [] }) => aroundCalls),
    served: Object.assign({}, ...parts.map(({ served = {} }) => served)) as ModulesMiddleware['served'],
    pages: Object.assign(
      {},
      ...modules.map((module) => module.pages?.(context) ?? {})
    ) as ModulesMiddleware['pages'],
    concerns: (query) => parts.some(({ concerns }) => concerns?.(query) ?? true)
  }
}

/** Who takes requests that offer another protocol, by their paths. */
export const upgradesOf = (
  modules: readonly Module[],
  context: ModuleContext
): ReadonlyMap<string, UpgradeHandler> =>
  new Map(modules.flatMap((module) => Object.entries(module.upgrades?.(context) ?? {})))

/** What stands before operations; where two modules guard one, the first stands outside. */
export const guardsOf = (modules: readonly Module[], context: ModuleContext): Record<string, Hook> => {
  const guards: Record<string, Hook> = {}
  for (const [name, hook] of modules.flatMap((module) => Object.entries(module.guards?.(context) ?? {})))
    guards[name] = inTurn(guards[name], hook)

  return guards
}

const NO_PASSWORDS = 'no module hashes passwords: list accounts, or another module with the part passwords'
const unhashed = async () => {
  throw new Error(NO_PASSWORDS)
}

/**
 * How passwords are judged and hashed.
 *
 * @throws Error where a declaration has a field of passwords and no module hashes them: they would be stored as they are
 */
export const passwordsOf = (modules: readonly Module[], context: ModuleContext): Secrets => {
  const passwords = onlyOf(modules, 'passwords')?.passwords?.(context)
  const field = context.models.flatMap(({ name, fields }) =>
    [...fields.values()].flatMap((one) => (one.hash ? [`${name}.${one.name}`] : []))
  )[0]
  if (!passwords && field) throw new Error(`${field} holds passwords, and ${NO_PASSWORDS}`)

  return passwords ?? { hash: unhashed, problems: unhashed }
}

/** Who calls, by the strategies of all modules; known to the application as `identity` from here on. */
export const identityOf = (modules: readonly Module[], context: ModuleContext): Identity => {
  const identity = onlyOf(modules, 'identity')?.identity?.(context)
  context.app.set('identity', identity ?? anonymousOnly)
  const strategies = modules.flatMap((module) => Object.entries(module.strategies?.(context) ?? {}))
  for (const [name, strategy] of strategies) identity?.register(name, strategy)

  return identity ?? anonymousOnly
}

export const consumersOf = (modules: readonly Module[], context: ModuleContext): ModuleConsumer[] =>
  modules.flatMap((module) => module.consumers?.(context) ?? [])

/** The modules' parts of the document, merged. */
export const documentsOf = (modules: readonly Module[], context: ModuleContext): MergedParts => {
  const parts = modules.map((module) => module.documents?.(context) ?? {})

  return {
    paths: Object.assign({}, ...parts.map(({ paths }) => paths)) as MergedParts['paths'],
    supplements: Object.assign(
      {},
      ...parts.map(({ supplements }) => supplements)
    ) as MergedParts['supplements'],
    schemas: Object.assign({}, ...parts.map(({ schemas }) => schemas)) as MergedParts['schemas'],
    tags: parts.flatMap(({ tags = [] }) => tags),
    description: parts.flatMap(({ description = [] }) => description).join('\n\n'),
    webhooks: parts.find(({ webhooks }) => webhooks)?.webhooks
  }
}
