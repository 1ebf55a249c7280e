import { parseArgs } from 'node:util'
import type { Command } from 'rachis/cli'
import { demo } from './services/demo'
import { scale } from './services/demo/scale'

const print = (line: string) => process.stdout.write(`${line}\n`)

/** `--scale 1000000`: as many products as that, for measurements. */
const wanted = (args: readonly string[]): number => {
  const { values } = parseArgs({ args: [...args], options: { scale: { type: 'string', default: '0' } } })
  if (!/^\d{1,9}$/.test(values.scale!)) throw new Error('--scale takes a whole number of products')

  return Number(values.scale)
}

/** `npm run seed`: loads the demonstration data into an empty database. */
export const seedCommand: Command = async ({ load }, args) => {
  const number = wanted(args)
  const { createApp } = await load()
  // The administrator of ADMIN_EMAIL, made first, would be taken for a database in use.
  const app = createApp({ config: { seed_demo: false, admin: { email: '', password: '' } } })
  await app.setup()
  const isNew = await demo(app)
  if (number > 0) await scale(app.get('postgresqlClient'), number)
  print(
    isNew
      ? 'The demonstration data is there.'
      : 'The database is in use: demonstration data goes into an empty one only.'
  )
  if (number > 0) print(`Products BULK-1 to BULK-${number} are there.`)
  await app.teardown()
  process.exit(0)
}
