import assert from 'node:assert/strict'
import path from 'node:path'
import ts from 'typescript'
import * as rachis from 'rachis'
import { onlyInDepth } from '../helpers/depth'

const ROOT = path.join(__dirname, '../..')
const INDEX = path.join(ROOT, 'packages/rachis/src/index.ts')
/** Stands for a file beside this one, which imports the package as an application does. */
const EXAMPLES = path.join(__dirname, 'examples-of-exports.ts')

/** What the examples take for granted. */
const PRELUDE = `
import { accounts } from 'rachis/accounts'
import { NAMES } from 'rachis'
import type { Application, ReportContext, ServiceOf } from 'rachis'

const notes = defineResource('notes', { fields: { title: text(), user_id: owner('users') }, access: { read: { user_id: $user.id } } })
declare module 'rachis' {
  interface ServiceTypes {
    notes: ServiceOf<typeof notes>
    gadgets: object
  }
  interface Settings {
    billing: { currency: string }
  }
}
declare const app: Application
declare const context: ReportContext
void [accounts, app, context, notes]
`

interface Example {
  readonly name: string
  /** The example without its results. */
  readonly code: string
  /** What the last line answers, where that is written as a value. */
  readonly result?: string
}

const optionsOf = (): ts.CompilerOptions => {
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), (file) => ts.sys.readFile(file))
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT)

  return { ...options, noEmit: true, rootDir: ROOT }
}

const exampleOf = (name: string, text: string): Example => {
  const lines = text.split('\n')
  const code = lines.map((line) => line.replace(/(^|\s)\/\/.*$/, '')).filter((line) => line.trim() !== '')
  const [, result] = /\/\/ ([[{'"\d].*|true|false)$/.exec(lines.at(-1)!) ?? []

  return { name, code: code.join('\n'), ...(result && !result.includes('…') ? { result } : {}) }
}

/** The values that the package exports: their own, not those that it passes on. */
const valuesOf = (program: ts.Program): ts.Symbol[] => {
  const checker = program.getTypeChecker()
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(INDEX)!)!)
  const resolved = exported.map((symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  )
  const isOwn = (symbol: ts.Symbol) =>
    !/node_modules/.test(symbol.declarations?.[0]?.getSourceFile().fileName ?? '')

  return resolved.filter((symbol) => symbol.name in rachis && isOwn(symbol))
}

const examplesOf = (program: ts.Program): Example[] =>
  valuesOf(program).flatMap((symbol) =>
    symbol
      .getJsDocTags(program.getTypeChecker())
      .filter((tag) => tag.name === 'example')
      .map((tag) => exampleOf(symbol.name, ts.displayPartsToString(tag.text)))
  )

const sourceOf = (examples: readonly Example[]): string => {
  const block = ({ code }: Example, index: number) =>
    `export const example${index} = async () => {\n${code.replace(/^export /gm, '')}\n}`

  return [PRELUDE.replace('NAMES', Object.keys(rachis).join(', ')), ...examples.map(block)].join('\n')
}

/** The mistakes that the compiler finds in the examples. */
const mistakesIn = (source: string, known: ts.Program): string[] => {
  const options = known.getCompilerOptions()
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists } = host
  host.fileExists = (file) => file === EXAMPLES || fileExists(file)
  host.getSourceFile = (file, version) =>
    file === EXAMPLES ? ts.createSourceFile(file, source, version) : getSourceFile(file, version)
  const program = ts.createProgram([EXAMPLES], options, host, known)
  const found = ts.getPreEmitDiagnostics(program, program.getSourceFile(EXAMPLES))

  return found.map(({ messageText, start = 0 }) => {
    const line = source.slice(start).split('\n', 1)[0]
    return `${ts.flattenDiagnosticMessageText(messageText, '\n')} at ${line}`
  })
}

const notes = rachis.defineResource('notes', {
  fields: { title: rachis.text(), user_id: rachis.owner('users') },
  access: {}
})

const evaluated = (expression: string): unknown =>
  new Function('notes', ...Object.keys(rachis), `return ${expression}`)(notes, ...Object.values(rachis))

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('the examples of what the package exports (TEST_DEPTH=2)', function () {
  this.timeout(120_000)
  let program: ts.Program
  let examples: Example[]
  before(function () {
    onlyInDepth(this)
    program = ts.createProgram([INDEX], optionsOf())
    examples = examplesOf(program)
  })

  it('are there for every function and constant', () => {
    const shown = new Set(examples.map(({ name }) => name))
    assert.deepEqual(
      valuesOf(program)
        .map(({ name }) => name)
        .filter((name) => !shown.has(name)),
      []
    )
  })

  it('compile', () => assert.deepEqual(mistakesIn(sourceOf(examples), program), []))

  it('have the results that they show', () => {
    const shown = examples.filter(({ result, code }) => result !== undefined && !code.includes('createApp'))
    assert.ok(shown.length > 30)
    for (const { name, code, result } of shown)
      assert.deepEqual(plain(evaluated(code)), plain(evaluated(result!)), name)
  })
})
