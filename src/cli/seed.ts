import { createApp } from '../app'
import { demo } from '../services/demo'
import { scale } from '../services/demo/scale'

const print = (line: string) => process.stdout.write(`${line}\n`)

/** `--scale 1000000`: as many products as that, for measurements. */
const wanted = (): number => {
  const at = process.argv.indexOf('--scale')
  const number = at === -1 ? 0 : Number(process.argv[at + 1])
  if (!Number.isSafeInteger(number) || number < 0) throw new Error('--scale takes a whole number of products')

  return number
}

const run = async () => {
  const number = wanted()
  const app = createApp({ settings: { seed_demo: false } })
  await app.setup()
  await demo(app)
  if (number > 0) await scale(app.get('postgresqlClient'), number)
  print('The demonstration data is there.')
  await app.teardown()
  process.exit(0)
}

run().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
})
