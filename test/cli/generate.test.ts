import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'fs'
import path from 'path'
import { onlyInDepth } from '../helpers/depth'
import type { Json } from '../helpers/world'
import {
  folder,
  compiling,
  start,
  finished,
  runNode,
  rest,
  api,
  socket,
  register,
  admin,
  migrationOf,
  NAMES,
  withProject
} from './generated-project'

describe('feathers generate service', function () {
  this.timeout(300_000)
  withProject()

  it('writes its files, answered or asked, and registers the services', () => {
    for (const name of NAMES) {
      for (const file of [
        `${name}.ts`,
        `${name}.class.ts`,
        ...(name === 'loose' ? [] : [`${name}.schema.ts`])
      ])
        assert.ok(existsSync(path.join(folder, 'src/services', name, file)), file)
      assert.ok(existsSync(path.join(folder, 'test/services', name, `${name}.test.ts`)))
      assert.match(readFileSync(migrationOf(name), 'utf8'), new RegExp(`createTable\\('${name}'`))
    }
    const index = readFileSync(path.join(folder, 'src/services/index.ts'), 'utf8')
    const [, body] = /export const services = \(app: Application\) => \{\n(.*)\n\}\n$/s.exec(index) ?? []
    for (const name of NAMES) {
      assert.match(index, new RegExp(`^import \\{ ${name} \\} from './${name}/${name}'$`, 'm'))
      assert.match(body!, new RegExp(`^  app\\.configure\\(${name}\\)$`, 'm'))
    }
    assert.match(
      readFileSync(path.join(folder, 'src/services/widgets/widgets.ts'), 'utf8'),
      /authenticate\('jwt'\)/
    )
  })

  it('is migrated at the start, and served on REST and sockets', async () => {
    const { status, body: created } = await api('POST', '/gadgets', { text: 'By REST' })
    assert.deepEqual([status, created.text], [201, 'By REST'])
    assert.deepEqual((await api('GET', `/gadgets/${created.id}`)).body, created)
    const one = await socket()
    const other = await one.call('create', 'gadgets', { text: 'By socket' })
    assert.deepEqual(await one.call('get', 'gadgets', created.id), created)
    const page = await one.call('find', 'gadgets', { $sort: { id: -1 }, $limit: 1 })
    assert.deepEqual(page, { total: 2, limit: 1, skip: 0, data: [other] })
    assert.deepEqual((await api('GET', '/gadgets?$sort[id]=-1&$limit=1')).body, page)
    assert.equal((await api('PATCH', `/gadgets/${other.id}`, { text: 'Changed' })).body.text, 'Changed')
    assert.equal((await one.call('remove', 'gadgets', other.id)).id, other.id)
    assert.equal((await api('PUT', `/gadgets/${created.id}`, { text: 'x' })).status, 405)
    assert.equal((await api('GET', '/gadgets')).body.total, 1)
  })

  it('asks for authentication where it was told to', async () => {
    const token = await register('reader')
    assert.equal((await api('GET', '/widgets')).status, 401)
    assert.equal((await api('GET', '/widgets', undefined, 'nonsense')).body.error.code, 'INVALID_TOKEN')
    assert.equal((await api('POST', '/widgets', { text: 'Mine' }, token)).status, 201)
    assert.equal((await api('GET', '/widgets', undefined, await admin())).body.total, 1)
    assert.equal((await (await socket()).refusal('find', 'widgets')).error.code, 'NOT_AUTHENTICATED')
  })

  it('keeps to the rules of guardService on REST, on sockets and in events', async () => {
    const [user, root] = [await register('guarded'), await admin()]
    const [reader, writer, stranger] = await Promise.all([socket(root), socket(user), socket()])
    const made = await writer.call('create', 'widgets', { text: 'Guarded' })
    const other = (await api('POST', '/widgets', { text: 'By REST' }, user)).body
    for (const [method, token, status] of [['GET', user, 403], ['GET', root, 200], ['DELETE', root, 403], ['PATCH', root, 403]] as const)
      assert.equal((await api(method, `/widgets/${made.id}`, method === 'PATCH' ? { text: 'x' } : undefined, token)).status, status) // prettier-ignore
    assert.equal((await writer.refusal('find', 'widgets')).error.code, 'FORBIDDEN')
    assert.equal((await reader.refusal('remove', 'widgets', made.id)).error.code, 'FORBIDDEN')
    assert.equal((await stranger.refusal('create', 'widgets', { text: 'x' })).error.code, 'NOT_AUTHENTICATED')
    assert.deepEqual(await reader.call('get', 'widgets', made.id), made)
    // Whoever may read hears both creations; the one who made them, and who is not signed in, hear nothing.
    await reader.event('widgets created', ({ id }) => id === other.id)
    // Nor does the administrator hear anything else, but that somebody has registered and signed in, which may be told behind the opening of the socket.
    const heard = reader.events.filter(({ name }) => name !== 'security-events created')
    assert.deepEqual(heard.map(({ name, data }) => [name, data]), [['widgets created', made], ['widgets created', other]]) // prettier-ignore
    await Promise.all([writer, stranger].map((each) => each.call('find', 'gadgets')))
    for (const silent of [writer, stranger]) assert.deepEqual(silent.events, [])
  })

  it('publishes nothing', async () => {
    const token = await register('listener')
    const [signedIn, anonymous, writer] = await Promise.all([socket(token), socket(), socket()])
    await api('POST', '/gadgets', { text: 'Quiet, by REST' })
    const { id } = await writer.call('create', 'gadgets', { text: 'Quiet, by socket' })
    await writer.call('patch', 'gadgets', id, { text: 'Quietly changed' })
    await writer.call('remove', 'gadgets', id)
    // What is declared is heard, so the sockets do listen.
    await api('POST', '/tasks', { title: 'Loud' }, token)
    await signedIn.event('tasks created')
    await anonymous.call('find', 'gadgets')
    // What was written before, as of the registration, may be told behind the opening of a socket.
    for (const listener of [signedIn, anonymous, writer]) assert.ok(!listener.events.some(({ name }) => name.startsWith('gadgets'))) // prettier-ignore
  })

  it('refuses in the form of every other error, and without SQL', async () => {
    const { body: first } = await api('POST', '/gadgets', { text: 'Same' })
    const { body: second } = await api('POST', '/gadgets', { text: 'Other' })
    const one = await socket()
    const cases: [Promise<{ status?: number; body: Json }>, number, string][] = [
      [api('POST', '/gadgets', { text: 'Same' }), 409, 'DUPLICATE'],
      [api('PATCH', `/gadgets/${second.id}`, { text: 'Same' }), 409, 'DUPLICATE'],
      [one.refusal('create', 'gadgets', { text: 'Same' }).then((body) => ({ body })), 409, 'DUPLICATE'],
      [api('GET', '/gadgets/abc'), 404, 'NOT_FOUND'],
      [api('GET', '/gadgets/99999999999999999999'), 404, 'NOT_FOUND'],
      [api('PATCH', '/gadgets/abc', { text: 'x' }), 404, 'NOT_FOUND'],
      [api('DELETE', '/gadgets/abc'), 404, 'NOT_FOUND'],
      [api('GET', '/gadgets/123456'), 404, 'NOT_FOUND'],
      [one.refusal('get', 'gadgets', 'abc').then((body) => ({ body })), 404, 'NOT_FOUND'],
      [api('POST', '/gadgets', { text: 'a\0b' }), 422, 'VALIDATION_ERROR'],
      [api('POST', '/gadgets', { text: 7 }), 422, 'VALIDATION_ERROR'],
      [api('POST', '/gadgets', {}), 422, 'VALIDATION_ERROR'],
      [api('POST', '/gadgets', [{ text: 'Several' }]), 405, 'METHOD_NOT_ALLOWED'],
      [api('GET', '/gadgets?colour=red'), 400, 'BAD_QUERY'],
      [api('GET', '/gadgets?text[$regex]=x'), 400, 'BAD_QUERY'],
      [api('GET', '/loose?colour=red'), 400, 'BAD_REQUEST'],
      [api('POST', '/loose', { colour: 'red' }), 400, 'BAD_REQUEST'],
      [api('GET', '/loose/abc'), 404, 'NOT_FOUND']
    ]
    for (const [call, status, code] of cases) {
      const { body } = await call
      assert.deepEqual([body.code, body.error?.code], [status, code], JSON.stringify(body))
      assert.doesNotMatch(
        JSON.stringify(body),
        /select |insert |update |delete from|constraint|returning|\$1/i
      )
    }
    const { body } = await api('POST', '/gadgets', {})
    assert.deepEqual([body.error.field, body.error.details[0].rule], ['text', 'required'])
    assert.equal((await api('GET', `/gadgets/${first.id}`)).body.text, 'Same')
  })

  it('shows in the documentation', async function () {
    const { status, body } = await rest('GET', '/openapi.json')
    if (status === 404) this.skip()
    const paths = Object.keys(body.paths as Json)
    for (const name of NAMES)
      assert.ok(paths.some((each) => each.endsWith(`/${name}`)), `${name} is not among ${paths.join()}`) // prettier-ignore
  })

  it('is listed by npm run check as undeclared (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    const { code, output } = await finished(start('npm', ['run', '--silent', 'check']))
    assert.equal(code, 0, output)
    const undeclared = output.match(/^undeclared: .*$/gm) ?? []
    assert.deepEqual(
      undeclared.map((line) => line.split(' ')[1]).sort(),
      ['gadgets', 'loose']
    ) // prettier-ignore
    assert.match(
      undeclared[0]!,
      / — it publishes nothing and has no rule; declare it or give it guardService$/
    )
    assert.match(
      output,
      /^tasks +complete +POST +\/api\/v1\/tasks\/\{id\}\/complete +anyone signed in, where user_id is the caller's id$/m
    )
  })

  it('leaves the declarations to npm run check, which tells of a field that no migration has (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    const file = path.join(folder, 'src/services/tasks/tasks.ts')
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('title: text(', 'note: nullable(text()),\n  title: text(')
    )
    const { code, output } = await finished(start('npm', ['run', '--silent', 'check']))
    assert.equal(code, 1, output)
    assert.match(output, /do not agree: run npm run migrate:make/)
    const made = await finished(start('npm', ['run', '--silent', 'migrate:make', 'notes of tasks']))
    assert.match(made.output, /Wrote migrations\/\d{14}_notes_of_tasks\.ts with \d statements/)
    const changed = await finished(start('npm', ['run', '--silent', 'check']))
    assert.equal(changed.code, 1, changed.output)
    assert.match(changed.output, /^\+ tasks \| fields read \| signed in \| id, note, title/m)
    await finished(start('npm', ['run', '--silent', 'access', '--', '--save']))
    assert.equal((await finished(start('npm', ['run', '--silent', 'check']))).code, 0)
  })

  it('passes the tests that it wrote (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    const { code, output } = await compiling.tests!
    assert.equal(code, 0, output)
    assert.match(output, /3 passing/)
  })

  it('passes the linter (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    const { code, output } = await runNode(
      'node_modules/eslint/bin/eslint.js',
      '--max-warnings=0',
      'src/services/index.ts',
      ...NAMES.flatMap((name) => [`src/services/${name}`, `test/services/${name}`])
    )
    assert.equal(code, 0, output)
  })

  it('compiles (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    const { code, output } = await compiling.types!
    assert.equal(code, 0, output)
  })
})
