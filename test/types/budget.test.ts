import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Measured } from '../helpers/compilers'
import { measureCheck } from '../helpers/compilers'
import { onlyInDepth } from '../helpers/depth'

const ROOT = path.join(__dirname, '../..')
const COUNT = 100
/** What the compiler does, which is the same on every machine. The seconds are printed: the same work takes twice as many on a slow one. */
const BUDGET = { megabytes: 1024, instantiations: 750_000 }

const nameOf = (index: number) => `resource_${(index + COUNT) % COUNT}`

/** A declaration as somebody writes it, with everything that its types are made from. */
const declaration = (index: number) => {
  const [name, last, next] = [nameOf(index), nameOf(index - 1), nameOf(index + 1)]

  return `import {
  $user, authenticated, belongsTo, boolean, defineResource, immutable, integer, money, now, nullable, owner, role, state, text,
  timestamp, Type, unique, withDefault, textArray
} from 'rachis'
import type { ServiceOf } from 'rachis'

const mine = { user_id: $user.id }
const admin = role('admin')

export const ${name} = defineResource('${name}', {
  fields: {
    title_${index}: text({ minLength: 1, maxLength: 255 }),
    code: immutable(unique(text({ maxLength: 20 }))),
    price: nullable(money({ minimum: 0 })),
    stock: withDefault(integer({ minimum: 0 }), 0),
    is_open: withDefault(boolean(), true),
    tags: withDefault(textArray(), []),
    done_at: nullable(timestamp()),
    status: state('new', 'open', 'done'),
    user_id: owner('users'),
    last_id: nullable(belongsTo('${last}'))
  },
  relations: {
    last: { one: 'last_id' },
    following: { many: '${next}', by: 'last_id' },
    beside: { through: '${next}', by: 'last_id', to: 'last_id' }
  },
  access: {
    read: [{ is_open: true }, { ...mine, status: { $in: ['new', 'open'] } }, admin],
    create: authenticated,
    update: [mine, admin],
    remove: { ...mine, status: 'new' },
    fields: { price: { read: admin, write: admin } }
  },
  states: {
    field: 'status',
    transitions: {
      open: { from: 'new', to: 'open', access: mine },
      finish: { from: ['new', 'open'], to: 'done', access: [mine, admin], set: { done_at: now } }
    }
  },
  actions: {
    restock: {
      input: Type.Object({ count: Type.Integer({ minimum: 1 }) }),
      access: mine,
      run: async ({ count }, { table, record }) => table().where({ id: record.id }).update({ stock: record.stock + count })
    }
  },
  indexes: ['done_at', ['user_id', 'status']]
})

declare module 'rachis' {
  interface ServiceTypes {
    ${name}: ServiceOf<typeof ${name}>
  }
}
`
}

/** What one in ten reads along with its records: to one, to many, through a join resource, and by a path. */
const INCLUDES = `  const { data: related } = await service.find({ query: { $include: ['last', 'following.last', 'beside'] } })
  const codes: string[] = related.flatMap(({ beside, following }) => [...beside, ...following].map(({ code }) => code))
  void codes
`

/** Calls that need every type of a service, and mistakes that only types that are there can tell. */
const use = (index: number) => `import type { Application } from 'rachis'
import './${nameOf(index)}'

export const use = async (app: Application) => {
  const service = app.service('${nameOf(index)}')
  const made = await service.create({ title_${index}: 'a', code: 'b', status: 'new' })
  const price: number | null = made.price
  const { data } = await service.find({ query: { is_open: true } })
  const states: ('new' | 'open' | 'done')[] = data.map(({ status }) => status)
${index % 10 === 0 ? INCLUDES : ''}  await service.patch(made.id, { price: 1, tags: ['x'] })
  await service.finish({ id: made.id })
  await service.restock({ id: made.id, count: 1 })
  // @ts-expect-error - a field of another resource
  await service.create({ title_${index + 1}: 'a', code: 'b' })
  // @ts-expect-error - given at creation only
  await service.patch(made.id, { code: 'c' })
  // @ts-expect-error - no such step
  await service.close({ id: made.id })
  // @ts-expect-error - another type
  await service.restock({ id: made.id, count: 'many' })

  return { price, states }
}
`

const configuration = {
  extends: path.join(ROOT, 'tsconfig.json'),
  compilerOptions: {
    noEmit: true,
    rootDir: ROOT
  },
  include: ['*.ts']
}

const project = (): string => {
  // Inside of the checkout, as a declaration is: the compiler names types by their way through node_modules.
  mkdirSync(path.join(ROOT, '.data'), { recursive: true })
  const folder = mkdtempSync(path.join(ROOT, '.data/types-'))
  const write = (name: string, content: string) => writeFileSync(path.join(folder, name), content)
  write('tsconfig.json', JSON.stringify(configuration))
  // The shipped ones belong to it, with the settings that they read: the application itself calls some of them.
  write(
    'shipped.ts',
    ['services/resources', 'settings'].map((file) => `import '${ROOT}/src/${file}'\n`).join('')
  )
  for (let index = 0; index < COUNT; index++) {
    write(`${nameOf(index)}.ts`, declaration(index))
    write(`use_${index}.ts`, use(index))
  }

  return folder
}

/** By one thread: several check some types twice, as many as chance has it. */
const measure = async (folder: string): Promise<Measured> => {
  const found = await measureCheck(folder, '-p', '.', '--singleThreaded')
  console.log(`      ${found.instantiations} instantiations, ${found.megabytes} MB, ${found.seconds} s, ${found.processor} s of a processor`) // prettier-ignore

  return found
}

describe('types', () => {
  it(`of ${COUNT} resources are checked within the budget (TEST_DEPTH=2)`, async function () {
    this.timeout(300_000)
    onlyInDepth(this)
    const folder = project()
    try {
      const found = await measure(folder)
      for (const name of Object.keys(BUDGET) as (keyof typeof BUDGET)[])
        assert.ok(found[name] < BUDGET[name], `${found[name]} ${name}, of ${BUDGET[name]}`)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
