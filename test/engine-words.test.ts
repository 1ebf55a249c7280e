import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'

const ENGINE = path.join(__dirname, '../packages/rachis/src')
/**
 * The folders of modules, which may name what is theirs, of webhooks and notifications, which are of users of accounts, and of the client and the test
 * kit, which sign in at accounts as any client does.
 */
const MODULES = /^(accounts|client|notifications|testing|webhooks)\//

/** The resources, routes, schemes and strategies of accounts, and what its errors and settings are about. */
const WORDS =
  /\bauth\b|authentication|log-?in\b|log-?out\b|password|api[_-]?key|\busers\b|\bsessions?\b|identities|oauth|refresh|bearer|jwt|csrf|cookie|\bmfa\b/i

/** What the engine says all the same: a file, its texts, and the reason. */
const ALLOWED: readonly [file: RegExp, text: RegExp, reason: string][] = [
  [/^files\/(resources|migrations)\//, /users/, 'the resource whose records own files'],
  [/^jobs\/(runs\.ts|resources\/|migrations\/)/, /users/, 'the resource whose records enqueue jobs'],
  [/^admin\/(resources|migrations)\//, /users/, 'the resource whose records own views'],
  [
    /^declare\/principal\.ts$/,
    /^users$/,
    'the resource whose records call has this name, whichever module declares it'
  ],
  [
    /^(declare\/verifiers|model|rules|cli\/generate)\//,
    /users/,
    'a sentence about the resource whose records call'
  ],
  [/^declare\/verifiers\/shared\/user-properties\.ts$/, /^mfa$/, 'a property that each principal has'],
  [/^(declare|model)\//, /\bpassword\b/, 'a kind of field, which a part of a module hashes'],
  [/^module-parts\.ts$/, /passwords/, 'the part of a module that hashes fields of that kind'],
  [/^(database|settings)\//, /password/i, 'of the user of PostgreSQL or Redis'],
  [/^database\/pools\.ts$/, /sessions/, 'of PostgreSQL'],
  [/^database\/embedded\//, /--auth=trust/, 'an option of initdb'],
  [/^sockets\/channels\.ts$/, /^log(in|out)$/, 'events of Feathers, which any authentication service emits'],
  [/^sockets\/handshake\.ts$/, /^defaultAuthentication$/, 'what Feathers adds for an authentication service'],
  [/^http\/(answer|plain-answer)\.ts$/, /^set-cookie$/i, 'a header of HTTP that may stand several times'],
  [/^rules\/module-facts\.ts$/, /^cookie$/i, 'a header of HTTP that a scheme may send its credential in'],
  [/^observe\/metrics-server\.ts$/, /bearer/i, 'how Prometheus sends the token of the operators'],
  [/^util\/logger\.ts$/, /password|refresh_token/, 'keys whose values no log may show, whoever logs them']
]

/** The texts of a file, and the pieces of its templates; comments and what it imports are no texts. */
const textsIn = (file: string): string[] => {
  const code = readFileSync(path.join(ENGINE, file), 'utf8')
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest)
  const texts: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      texts.push(node.text)
    ts.forEachChild(node, visit)
  }
  visit(source)

  return texts
}

describe('the texts of the engine', () => {
  const files = readdirSync(ENGINE, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !MODULES.test(file)
  )
  const found = files.flatMap((file) =>
    textsIn(file)
      .filter((text) => WORDS.test(text))
      .map((text) => [file, text] as const)
  )

  it('name nothing that is a module’s: no resource, route, scheme or strategy', () => {
    assert.ok(files.length > 200)
    const unexpected = found.filter(
      ([file, text]) => !ALLOWED.some(([files, texts]) => files.test(file) && texts.test(text))
    )
    assert.deepEqual(unexpected, [])
  })

  it('need each of the exceptions', () => {
    const idle = ALLOWED.filter(
      ([files, texts]) => !found.some(([file, text]) => files.test(file) && texts.test(text))
    )
    assert.deepEqual(idle, [])
  })
})
