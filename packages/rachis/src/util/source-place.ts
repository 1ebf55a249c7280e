import { existsSync, readFileSync } from 'fs'
import path from 'path'
import type * as TS from 'typescript'

/** `    at Object.<anonymous> (/app/src/services/notes/notes.ts:5:35)`, or without the name and its brackets. */
const FRAME = /(?:\(|at )(?:file:\/\/)?([^()\s]+):(\d+):\d+\)?$/

/** Notes who has called a function, at the cost of one frame; the text of it is made where somebody asks for it. */
export const captureCaller = (called: (...args: never[]) => unknown): { readonly stack?: string } => {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 1
  const captured: { stack?: string } = {}
  Error.captureStackTrace(captured, called)
  Error.stackTraceLimit = stackTraceLimit

  return captured
}

/**
 * The ways to a TypeScript that has an API, each package looked for from the one before it. That of version 7 has none yet: beside it stand Microsoft's
 * package of version 6, or the version 5 that `npx feathers generate` brings along.
 */
const WAYS = [
  ['typescript'],
  ['@typescript/typescript6'],
  ['@feathersjs/cli', '@feathersjs/generators', 'typescript']
] as const

const loadBy = (way: readonly string[], folder: string): Partial<typeof TS> => {
  const follow = (places: string[], name: string) => [require.resolve(name, { paths: places })]
  const [place] = way.reduce(follow, [folder, __dirname])

  return require(place!) as Partial<typeof TS>
}

/** The compiler of the project that a file belongs to; a server in production needs none, and then places are lines of calls. */
const compilerFor = (file: string): typeof TS | undefined => {
  for (const way of WAYS)
    try {
      const found = loadBy(way, path.dirname(file))
      if (found.createSourceFile) return found as typeof TS
    } catch {
      // Not installed.
    }

  return undefined
}

/** Walks object literals of one file by their keys, also through names and spreads of constants of the same file. */
class SourceWalk {
  private readonly source: TS.SourceFile

  constructor(
    private readonly ts: typeof TS,
    file: string
  ) {
    this.source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  }

  /** The last of the keys that can be found behind a call in this line; undefined where there is no call with an object. */
  find(line: number, keys: readonly string[]): number | undefined {
    let place: TS.Node | undefined
    let object = this.objectOf(this.argumentIn(line))
    for (const key of keys) {
      const property = object && this.propertyOf(object, key)
      if (!property) break
      place = property
      object = this.objectOf(this.ts.isPropertyAssignment(property) ? property.initializer : property.name)
    }

    return place && this.lineOf(place)
  }

  private lineOf(node: TS.Node): number {
    return this.source.getLineAndCharacterOfPosition(node.getStart(this.source)).line + 1
  }

  private every(visit: (node: TS.Node) => void) {
    const walk = (node: TS.Node): void => {
      visit(node)
      this.ts.forEachChild(node, walk)
    }
    walk(this.source)
  }

  private argumentIn(line: number): TS.Expression | undefined {
    let found: TS.Expression | undefined
    this.every((node) => {
      if (!found && this.ts.isCallExpression(node) && this.lineOf(node) === line) found = node.arguments.at(-1)
    })

    return found
  }

  private objectOf(node: TS.Node | undefined): TS.ObjectLiteralExpression | undefined {
    const { ts } = this
    if (!node || ts.isObjectLiteralExpression(node)) return node as TS.ObjectLiteralExpression | undefined
    if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) return this.objectOf(node.expression)
    if (ts.isIdentifier(node)) return this.objectOf(this.constantNamed(node.text))
    // Of a helper such as text({ … }) or nullable(text({ … })).
    if (ts.isCallExpression(node)) return node.arguments.map((one) => this.objectOf(one)).find(Boolean)

    return undefined
  }

  private constantNamed(name: string): TS.Expression | undefined {
    let found: TS.Expression | undefined
    this.every((node) => {
      if (this.ts.isVariableDeclaration(node) && node.name.getText(this.source) === name) found ??= node.initializer
    })

    return found
  }

  private propertyOf(object: TS.ObjectLiteralExpression, key: string): TS.PropertyAssignment | TS.ShorthandPropertyAssignment | undefined {
    const { ts, source } = this
    for (const one of object.properties) {
      if (ts.isSpreadAssignment(one)) {
        const spread = this.objectOf(one.expression)
        const found = spread && this.propertyOf(spread, key)
        if (found) return found
      }
      const isNamed = ts.isPropertyAssignment(one) || ts.isShorthandPropertyAssignment(one)
      if (isNamed && one.name.getText(source).replace(/['"]/g, '') === key) return one
    }

    return undefined
  }
} // prettier-ignore

/**
 * Where a key of an object literal is written that a function was called with. It reads the source and loads the compiler, so that it is for messages
 * to developers only; where it does not find the key it says the line of the key around it, or of the call.
 *
 * @param keys such as `fields.title.maxLength` or `indexes[0]`
 * @returns such as `src/services/notes/notes.ts:7`; undefined where the source is not at hand
 */
export const placeOf = ({ stack = '' }: { readonly stack?: string }, keys: string): string | undefined => {
  const [, file, line] = FRAME.exec(stack.trim().split('\n').at(-1)!.trim()) ?? []
  if (!file || !existsSync(file)) return undefined
  const ts = compilerFor(file)
  const names = keys.split('.').map((key) => key.replace(/\[.*$/, ''))
  const found = ts && new SourceWalk(ts, file).find(Number(line), names)

  return `${path.relative(process.cwd(), file)}:${found ?? line}`
}
