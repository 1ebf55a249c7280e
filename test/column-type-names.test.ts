import assert from 'node:assert/strict'
import path from 'node:path'
import ts from 'typescript'
import { COLUMN_TYPES } from '../packages/rachis/src/declare/column-types'
import { onlyInDepth } from './helpers/depth'

const ROOT = path.join(__dirname, '..')
const ENGINE = path.join(ROOT, 'packages/rachis/src')
const OWN = 'declare/column-types/'

/** Files that name a column type all the same, and why. SQL inside longer texts is none of this test's business. */
const ALLOWED: Readonly<Record<string, string>> = {
  'declare/define-resource.ts':
    'the type of a record follows from `id`, which is bigint where a declaration says nothing',
  'cli/generate/table/column-type.ts':
    'it reads what PostgreSQL calls the types of tables that were made by hand',
  'cli/generate/table/draft-of-table.ts': 'a table made by hand may have an id that declarations do not have',
  'database/plan/casts.ts': 'how values of one type become values of another is said by pairs of types',
  'database/plan/example.ts': 'which value a person is told to type for a new column is a choice of words',
  'testing/conformance/catalogue.ts': 'which values are wrong for a type is a choice of the tests',
  'testing/conformance/checks/relations.ts': 'which values are asked for as they were answered is one as well'
}

/** These are words of JSON schemas and of JavaScript as well, so that only their place tells what they mean. */
const AMBIGUOUS = ['integer', 'text', 'boolean', 'uuid', 'date']
const NAMES: readonly string[] = COLUMN_TYPES
const PLAIN = NAMES.filter((name) => !AMBIGUOUS.includes(name))
/** A file that is not there, with every way to name a type and none besides. */
const SAMPLE = path.join(ENGINE, 'sample.ts')
const SPELLINGS = `
import type { ColumnType } from './declare'
import { TEXT } from './declare/column-types'
declare const type: ColumnType
declare const schema: { readonly type: string }
export const same = type === 'date'
export const other = TEXT.name !== type
export const listed = ['integer', 'date'].includes(type)
export const found = ({ text: 1 } as Record<string, number>)[type]
export const column: { type: ColumnType } = { type: 'boolean' }
export const plain = ['jsonb']
export const chosen = () => { switch (type) { default: return 0 } }
export const jsonSchema = schema.type === 'integer' ? { type: 'integer', format: 'date' } : typeof plain === 'bigint'
`
const LOOKUPS = ['includes', 'has', 'get', 'indexOf', 'startsWith']

interface Source {
  readonly files: readonly ts.SourceFile[]
  readonly checker: ts.TypeChecker
}

const optionsOf = (): ts.CompilerOptions => {
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), ts.sys.readFile) as {
    config: object
  }
  return { ...ts.parseJsonConfigFileContent(config, ts.sys, ROOT).options, noEmit: true }
}

const readEngine = (): Source => {
  const options = optionsOf()
  const host = ts.createCompilerHost(options)
  const names = [...ts.sys.readDirectory(ENGINE, ['.ts']), SAMPLE]
  const sample = ts.createSourceFile(SAMPLE, SPELLINGS, ts.ScriptTarget.ES2022, true)
  const getSourceFile: ts.CompilerHost['getSourceFile'] = (name, ...rest) =>
    name === SAMPLE ? sample : host.getSourceFile(name, ...rest)
  const program = ts.createProgram(names, options, { ...host, getSourceFile })

  return { files: names.map((name) => program.getSourceFile(name)!), checker: program.getTypeChecker() }
}

const wordsOf = (type: ts.Type | undefined): string[] =>
  (type?.isUnion() ? type.types : type ? [type] : []).flatMap((part) => (part.isStringLiteral() ? [part.value] : [])) // prettier-ignore

/** Whether a value of this type may be the name of any column type. */
const isAnyName = (type: ts.Type | undefined) => NAMES.every((name) => wordsOf(type).includes(name))
/** Whether it is one name, as 'text' and TEXT.name are. */
const isOneName = (type: ts.Type) => wordsOf(type).length === 1 && NAMES.includes(wordsOf(type)[0]!)

const COMPARISONS = [ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsEqualsToken]

const isComparison = (node: ts.Node, { checker }: Source): boolean => {
  if (!ts.isBinaryExpression(node) || !COMPARISONS.includes(node.operatorToken.kind)) return false
  const [left, right] = [checker.getTypeAtLocation(node.left), checker.getTypeAtLocation(node.right)]

  return (isAnyName(left) && isOneName(right)) || (isOneName(left) && isAnyName(right))
}

const isCase = (node: ts.Node, { checker }: Source): boolean =>
  ts.isSwitchStatement(node) && isAnyName(checker.getTypeAtLocation(node.expression))

/** `ORDERED.includes(field.type)` */
const isLookup = (node: ts.Node, { checker }: Source): boolean =>
  ts.isCallExpression(node) &&
  ts.isPropertyAccessExpression(node.expression) &&
  LOOKUPS.includes(node.expression.name.text) &&
  node.arguments.some((argument) => isAnyName(checker.getTypeAtLocation(argument)))

/** `READERS[field.type]` */
const isTable = (node: ts.Node, { checker }: Source): boolean =>
  ts.isElementAccessExpression(node) && isAnyName(checker.getTypeAtLocation(node.argumentExpression))

const isTypeof = ({ parent }: ts.Node) =>
  ts.isBinaryExpression(parent) && [parent.left, parent.right].some(ts.isTypeOfExpression)

/** A name that is written out where it can be nothing else, or where the name of a type belongs. */
const isName = (node: ts.Node, { checker }: Source): boolean => {
  if (!ts.isStringLiteralLike(node) || !NAMES.includes(node.text)) return false

  return PLAIN.includes(node.text) ? !isTypeof(node) : isAnyName(checker.getContextualType(node))
}

const RULES = [isName, isComparison, isCase, isLookup, isTable]

const foundIn = (file: ts.SourceFile, source: Source): string[] => {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (RULES.some((rule) => rule(node, source))) found.push(`${path.relative(ENGINE, file.fileName)}: ${node.getText()}`) // prettier-ignore
    ts.forEachChild(node, visit)
  }
  visit(file)

  return found
}

describe('names of column types (TEST_DEPTH=2)', () => {
  let found: string[]

  before(function () {
    onlyInDepth(this)
    this.timeout(120_000)
    const source = readEngine()
    found = source.files.flatMap((file) => foundIn(file, source))
  })

  const inPlaces = (...places: string[]) =>
    found.filter((line) => places.some((place) => line.startsWith(place)))

  it('are spelled by the column types alone', () => {
    const allowed = inPlaces(OWN, 'sample.ts', ...Object.keys(ALLOWED))
    assert.deepEqual(found.filter((line) => !allowed.includes(line)), []) // prettier-ignore
  })

  it('are spelled in each file that may', () => {
    for (const file of Object.keys(ALLOWED)) assert.notDeepEqual(inPlaces(file), [], file)
  })

  it('are found however they are spelled, and not where they are words of something else', () => {
    assert.deepEqual(inPlaces('sample.ts').map((line) => line.slice('sample.ts: '.length)), [
      "type === 'date'",
      'TEXT.name !== type',
      "['integer', 'date'].includes(type)",
      '({ text: 1 } as Record<string, number>)[type]',
      "'boolean'",
      "'jsonb'",
      'switch (type) { default: return 0 }'
    ]) // prettier-ignore
  })
})
