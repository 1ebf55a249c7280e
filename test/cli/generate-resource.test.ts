import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { generatedService } from '../../packages/rachis/src/cli/generate/from-service'
import { createDatabase, dropDatabase, onServer } from '../helpers/database'
import { isDeep, onlyInDepth } from '../helpers/depth'
import { runCli } from '../helpers/cli'
import { copyProject, GENERATE, runIn } from './generated-project'

const MISTAKES: readonly (readonly [typed: string, what: RegExp, instead: RegExp])[] = [
  ['', /The resource has no name/, /Type npm run generate -- resource invoices number:text/],
  ['things', /The resource has no fields/, /Type npm run generate -- resource/],
  ['things title:string', /string is not a type/, /Type title:text/],
  ['things title:txt', /txt is not a type/, /Type title:text/],
  ['things title', /title has no type/, /Type title:text/],
  ['things firstName:text', /not a name in snake_case/, /Type first_name:text/],
  ['tasks title:text', /There is a resource tasks already/, /Type another name/],
  ['class title:text', /class is a reserved word/, /Type another name, such as class_records/],
  ['my-things title:text', /is not the name of a resource/, /such as my_things/],
  ['things limit:text', /limit is a parameter of every query/, /choose another name than limit/],
  ['things id:text', /id is there by itself/, /leave id out/],
  ['things title:text title:text', /title stands there twice/, /Type title once/],
  ['things title:text --owner user_id', /There is no field user_id/, /Type user_id:belongsTo:users/],
  ['things user_id:integer --owner user_id', /does not belong to users/, /Type user_id:belongsTo:users/],
  ['things title:text --read owner', /no field is the owner/, /Type --owner user_id/],
  ['things title:text --read Some', /--read Some says not who/, /Type --read anyone/],
  ['things title:text --ownr user_id', /Unknown option '--ownr'/, /Did you mean --owner/],
  ['things size:oneOf', /size does not say its words/, /Type size:oneOf:small,large/],
  ['things size:oneOf:a,a', /lists a twice/, /Type a once: size:oneOf:a/],
  ['things size:integer:9..1', /no value fits size/, /exchange minimum and maximum/],
  ['things size:integer:default=many', /size/, /integer|number/],
  ['things user_id:belongsTo:user', /no resource user/, /Type user_id:belongsTo:users/],
  ['things title:text:uniqe', /has uniqe behind its type/, /Type unique/],
  ['--from-table task', /The database has no table task/, /Type --from-table tasks/],
  ['--from-table order_items --from-json x', /comes from one thing/, /Type one of/],
  ['things --from-json nowhere.json', /There is no file nowhere\.json/, /with the path of a file/],
  ['--from-service nothing', /nothing\.class\.ts is not there/, /Type its path/],
  ['--from-service ../../x', /\.\.\/\.\.\/x is not the path of a service/, /Type its path/],
  ['--from-service a(b', /a\(b is not the path of a service/, /Type its path/]
]
const TABLE = `
  create type parcel_size as enum ('small', 'large');
  create table parcels (
    id serial primary key, code varchar(20) not null unique, weight numeric(10,2) not null check (weight >= 0),
    status text not null default 'new' check (status in ('new', 'sent', 'it''s here')), note text,
    user_id int not null references users (id) on delete cascade, size parcel_size default 'small', sent_at timestamp,
    tags text[] not null default '{}', meta jsonb, is_open boolean not null default true, depth int check (depth between 1 and 9),
    place point, made date not null default current_date, created_at timestamp default now(),
    constraint weighty check (weight > 1 or is_open), unique (user_id, made));
  create index parcels_status on parcels (status, made);
  create index part on parcels (made) where is_open;
  comment on table parcels is 'What is on its way';
  comment on column parcels.weight is 'In kilograms';
  insert into users (email, username, password) values ('a@example.com', 'ann', 'x');
  insert into parcels (code, weight, user_id, sent_at) select 'A1', 2.5, max(id), '2026-01-02 03:04:05' from users`
const SAMPLE = [
  { id: 1, billNumber: 'A1', totalPrice: 9.5, dueDate: '2026-01-31', userId: 3, tags: ['a'], lines: [{ sku: 'x' }], paid: true, rate: 0.125, note: null, big: 99_999_999_999 },
  { id: 2, billNumber: 'A2', totalPrice: 1, dueDate: '2026-02-01', userId: 4, tags: [], lines: [], paid: false, rate: 1, big: 1 }
] // prettier-ignore

describe('npm run generate -- resource', function () {
  this.timeout(300_000)
  let folder: string
  let database: string
  const generate = (typed: string) => runCli('generate', ['resource', ...typed.split(' ').filter(Boolean)], { url: database, cwd: folder }) // prettier-ignore
  const declared = (name: string) => readFileSync(path.join(folder, `src/services/${name}/${name}.ts`), 'utf8') // prettier-ignore
  const succeed = async (typed: string): Promise<string> => {
    const { code, out } = await generate(typed)
    assert.equal(code, 0, out)

    return out
  }
  const sql = (text: string) =>
    onServer(async (client) => (await client.query(text)).rows as object[], { connectionString: database })
  before(async () => {
    folder = copyProject()
    database = await createDatabase()
  })
  after(async () => {
    await dropDatabase(database)
    rmSync(folder, { recursive: true, force: true })
  })

  it('writes a declaration, its place in the list, its test and its migration from what is typed', async () => {
    const out = await succeed('invoices number:text:unique total:money customer_id:belongsTo:users status:state:draft,sent,paid --owner customer_id') // prettier-ignore
    const text = declared('invoices')
    for (const line of [
      'number: unique(text({ minLength: 1, maxLength: 255 })),',
      'total: money(),',
      "customer_id: owner('users'),",
      "status: state('draft', 'sent', 'paid')",
      'access: { read: mine, create: authenticated, update: mine, remove: mine },',
      "mark_paid: { from: 'sent', to: 'paid', access: mine }"
    ])
      assert.ok(text.includes(line), `${line} is not in ${text}`)
    assert.match(readFileSync(path.join(folder, 'src/services/resources.ts'), 'utf8'), /^import \{ invoices \} from '\.\/invoices\/invoices'$[^]*\n {2}invoices\n\]/m) // prettier-ignore
    assert.match(out, /Wrote migrations\/\d{14}_invoices\.ts/)
    assert.match(out, /Next:[^]*npm start applies the migration/)
    assert.ok(existsSync(path.join(folder, 'test/services/invoices.test.ts')))
  })

  it('says of every mistake what to type instead, and writes nothing', async () => {
    const before = await runIn(folder, 'ls', ['-R', 'src', 'migrations', 'test/services'])
    // Each is a process of its own: the quick run has every tenth.
    for (const [typed, what, instead] of MISTAKES.filter((_mistake, index) => isDeep || index % 10 === 0)) {
      const { code, out } = await generate(typed)
      assert.equal(code, 1, `${typed}: ${out}`)
      assert.match(out, what, typed)
      assert.match(out, instead, typed)
      assert.doesNotMatch(out, /^ +at /m, typed)
    }
    assert.deepEqual(await runIn(folder, 'ls', ['-R', 'src', 'migrations', 'test/services']), before)
  })

  it('reads the fields out of a JSON sample (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    writeFileSync(path.join(folder, 'bills.json'), JSON.stringify({ data: SAMPLE }))
    const out = await succeed('bills status:state:open,paid --from-json bills.json --owner user_id')
    assert.match(out, /billNumber is bill_number/)
    for (const line of [
      "status: state('open', 'paid'),",
      'bill_number: text(),',
      'total_price: money(),',
      "due_date: Type.String({ format: 'date' }),",
      "user_id: owner('users'),",
      'tags: textArray(),',
      "lines: Type.Array(Type.Unknown(), { column: 'jsonb' }),",
      'paid: boolean(),',
      'rate: Type.Number(),',
      'note: nullable(text()),',
      "big: Type.Integer({ column: 'bigint' })"
    ])
      // prettier-ignore
      assert.ok(declared('bills').includes(line), `${line} is not in ${declared('bills')}`)
  })

  it('takes over a table with its rows (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    await sql(TABLE)
    const out = await succeed('--from-table parcels --owner user_id')
    for (const line of [
      "description: 'What is on its way',",
      'code: unique(text({ maxLength: 20 })),',
      '/** In kilograms */\n    weight: money({ minimum: 0 }),',
      `status: withDefault(oneOf('new', 'sent', "it's here"), 'new'),`,
      "user_id: owner('users'),",
      "size: withDefault(nullable(oneOf('small', 'large')), 'small'),",
      'sent_at: nullable(timestamp()),',
      'depth: nullable(integer({ minimum: 1, maximum: 9 })),',
      "checks: { weighty: '(weight > (1)::numeric) OR is_open' },",
      "unique: [['user_id', 'made']],",
      "indexes: [['status', 'made']]"
    ])
      // prettier-ignore
      assert.ok(declared('parcels').includes(line), `${line} is not in ${declared('parcels')}`)
    assert.match(out, /The column place is a point, which no field can be/)
    assert.match(out, /The index part stays/)
    const migrate = (...args: string[]) => runCli('migrate', args, { url: database, cwd: folder })
    // Taken back and applied again: the rows stay.
    for (const command of ['latest', 'rollback', 'latest']) assert.equal((await migrate(command)).code, 0)
    assert.deepEqual(await sql('select id, code, weight::float, size, sent_at from parcels'), [
      { id: '1', code: 'A1', weight: 2.5, size: 'small', sent_at: new Date('2026-01-02T03:04:05Z') }
    ])
    assert.match((await runCli('migrate', ['make'], { url: database, cwd: folder })).out, /nothing to do/)
  })

  it('makes a declaration of what feathers generate service wrote (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    const service = { name: 'gadgets', path: 'gadgets', type: 'knex', schema: 'typebox', authentication: false } // prettier-ignore
    await runIn(folder, process.execPath, ['--input-type=module', '-e', GENERATE, JSON.stringify([service])])
    assert.match((await generate('--from-service gadgets --force')).out, /Run npm run migrate first/)
    assert.equal((await runCli('migrate', ['latest'], { url: database, cwd: folder })).code, 0)
    assert.match((await generate('--from-service gadgets')).out, /is not committed[^]*--force/)
    // A file that would be written over stops it before anything is removed.
    const inTheWay = path.join(folder, 'test/services/gadgets.test.ts')
    writeFileSync(inTheWay, '')
    assert.match(
      (await generate('--from-service gadgets --force')).out,
      /There is a file test\/services\/gadgets\.test\.ts/
    )
    assert.ok(existsSync(path.join(folder, 'src/services/gadgets/gadgets.class.ts')))
    assert.match(readFileSync(path.join(folder, 'src/services/index.ts'), 'utf8'), /gadgets/)
    rmSync(inTheWay)
    const index = path.join(folder, 'src/services/index.ts')
    renameSync(index, `${index}.away`)
    assert.match(
      (await generate('--from-service gadgets --force')).out,
      /index\.ts is not there[^]*Restore it/
    )
    renameSync(`${index}.away`, index)
    await succeed('--from-service gadgets --force')
    assert.match(declared('gadgets'), /text: text\(\{ maxLength: 255 \}\)/)
    assert.ok(!existsSync(path.join(folder, 'src/services/gadgets/gadgets.class.ts')))
    assert.doesNotMatch(readFileSync(path.join(folder, 'src/services/index.ts'), 'utf8'), /gadgets/)
    assert.equal((await runCli('migrate', ['latest'], { url: database, cwd: folder })).code, 0)
  })

  it('finds the files of a service in a folder of others, where the project keeps its folders', () => {
    const root = mkdtempSync(path.join(tmpdir(), 'rachis-nested-'))
    const [service, test] = ['lib/services/admin/gadgets/gadgets', 'spec/services/admin/gadgets/gadgets.test.ts'] // prettier-ignore
    const texts = {
      'package.json': JSON.stringify({ directories: { lib: 'lib', test: 'spec' } }),
      'lib/services/index.ts': '',
      [`${service}.class.ts`]: "export const options = { name: 'admin_gadgets' }",
      [test]: ''
    }
    for (const [file, text] of Object.entries(texts)) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
      writeFileSync(path.join(root, file), text)
    }
    const { files, table, index } = generatedService(root, 'admin/gadgets')
    assert.deepEqual(files, [`${service}.class.ts`, test])
    assert.deepEqual([table, index], ['admin_gadgets', 'lib/services/index.ts'])
    rmSync(root, { recursive: true })
  })

  it('leaves files that are formatted, lint clean, and pass their tests with the conformance suite (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    const names = ['invoices', 'bills', 'parcels', 'gadgets']
    const files = names.flatMap((name) => [
      `src/services/${name}/${name}.ts`,
      `test/services/${name}.test.ts`
    ])
    const node = (bin: string, ...args: string[]) => runIn(folder, process.execPath, [`node_modules/${bin}`, ...args]) // prettier-ignore
    const runs = [
      await node('prettier/bin/prettier.cjs', '--check', 'migrations', 'src/services/resources.ts', ...files),
      await node('eslint/bin/eslint.js', '--max-warnings=0', ...files),
      await node('@typescript/typescript7/bin/tsc', '--noEmit', '-p', 'tsconfig.check.json'),
      await node('mocha/bin/mocha.js', ...files.filter((file) => file.startsWith('test/')))
    ]
    for (const { code, output } of runs) assert.equal(code, 0, output)
  })
})
