import type { Operation } from '../model/operations'
import { PREFIX } from '../model/prefix'
import { ruleText } from '../openapi/openapi-access'
import { argumentsOf } from './arguments'
import { print, table } from './print'
import type { Project } from './project'
import { verifiedModels } from './project'

/** One way to call an operation. */
export interface Route {
  readonly resource: string
  readonly method: string
  readonly path: string
  /** The call over a socket, as the arguments of `emit`; empty for another address of a method. */
  readonly socket: string
  readonly rule: string
}

/** The arguments in the order of Feathers' clients: method, service, id, data, query. */
const socketCall = ({ name, target, data, form }: Operation, path: string): string => {
  if (form !== undefined) return ''
  const id = target === 'record' && data !== 'input' ? ['id'] : []

  return [`'${name}'`, `'${path}'`, ...id, ...(data === 'none' ? [] : ['data']), 'query'].join(', ')
}

const USAGE = 'npm run routes -- [<part of a route> …] [--json]'
const OPTIONS = { json: { type: 'boolean', default: false } } as const

/**
 * Every REST route and socket method of a project with its rule. Words of the command line choose among them by a part of their text.
 *
 * @example npm run routes -- tasks POST
 * @throws {Error} where none has them
 */
export const routesCommand = async (project: Project, args: readonly string[]): Promise<void> => {
  const { values, positionals: words } = argumentsOf(args, OPTIONS, USAGE)
  const routes = (await verifiedModels(project)).flatMap(({ path, operations }) =>
    operations.map((operation): Route => ({
      resource: operation.resource,
      method: operation.http.method,
      path: `${PREFIX}${operation.http.path}`,
      socket: socketCall(operation, path),
      rule: ruleText(operation.rule)
    }))
  )
  const shown = routes.filter((route) => words.every((word) => Object.values(route).some((text: string) => text.includes(word)))) // prettier-ignore
  if (shown.length === 0 && words.length > 0)
    throw new Error(`No route has ${words.join(' and ')} in it\nUsage: ${USAGE}`)
  if (values.json) return print(JSON.stringify(shown, null, 2))
  const head = ['method', 'path', 'over a socket: emit(…)', 'rule']
  for (const line of table([head, ...shown.map(({ method, path, socket, rule }) => [method, path, socket, rule])])) print(line) // prettier-ignore
}
