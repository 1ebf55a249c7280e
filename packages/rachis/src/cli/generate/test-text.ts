import path from 'path'
import type { Draft } from './draft'
import { pathOf } from './draft'

/** A record of the owner's, which others are not told of. */
const ownedTest = (
  name: string,
  owner: string
): string => `  it('are seen by their owner alone', async () => {
    const silent = await app.as('stranger').events()
    const { id } = await app.make('${name}', { ${owner}: (await app.person('owner')).id })
    assert.equal((await app.as('owner').get(\`/${pathOf(name)}/\${id}\`)).status, 200)
    assert.equal((await app.as('stranger').get(\`/${pathOf(name)}/\${id}\`)).status, 404)
    assert.equal((await app.as('anonymous').get(\`/${pathOf(name)}/\${id}\`)).status, 401)
    await silent.silent()
  })`

const sharedTest = ({ name, read }: Draft): string => {
  const isPublic = read === 'anyone'
  const reader = typeof read === 'string' ? (isPublic ? 'anonymous' : 'owner') : read[0]!

  return `  it('are read by whom the rules name', async () => {
    const { id } = await app.make('${name}')
    assert.equal((await app.as('${reader}').get(\`/${pathOf(name)}/\${id}\`)).status, 200)
${isPublic ? '' : `    assert.equal((await app.as('anonymous').get(\`/${pathOf(name)}/\${id}\`)).status, 401)\n`}  })`
}

const deniedTest = ({ name, write }: Draft): string =>
  Array.isArray(write)
    ? `

  it('are changed by nobody else', async () => {
    const { id } = await app.make('${name}')
    assert.equal((await app.as('stranger').delete(\`/${pathOf(name)}/\${id}\`)).status, 403)
  })`
    : ''

/** @param app the file of the application without its ending, from the test's folder */
export const testText = (draft: Draft, app: string): string => {
  const owner = draft.fields.find(({ isOwner }) => isOwner)?.name

  return `import assert from 'node:assert/strict'
import { conformance, startTestApp } from 'rachis/testing'
import type { TestApp } from 'rachis/testing'
import { createApp } from '${app}'

describe('${pathOf(draft.name)}', () => {
  let app: TestApp
  before(async () => void (app = await startTestApp({ createApp })))
  after(() => app.close())

${owner !== undefined && draft.read === 'owner' ? ownedTest(draft.name, owner) : sharedTest(draft)}${deniedTest(draft)}
})

conformance({ createApp, only: ['${draft.name}'] })
`
}

/** One file as another one imports it. @example importPath('test/services/a.test.ts', 'src/app') // '../../src/app' */
export const importPath = (from: string, file: string): string => {
  const relative = path.relative(path.dirname(from), file).split(path.sep).join('/')
  return relative.startsWith('.') ? relative : `./${relative}`
}
