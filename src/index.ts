import { app } from './app'
import { logger } from './logger'
import { demoLogins } from './seed'

type Logins = Awaited<ReturnType<typeof demoLogins>>

const banner = (base: string, logins: Logins): string => {
  const lines = [
    `API    ${base}/api/v1`,
    `Docs   ${base}/docs`,
    ...(logins.length > 0 ? ['', 'Demonstration logins:'] : []),
    ...logins.map(({ email, password, role }) => `  ${role.padEnd(8)} ${email} / ${password}`)
  ]

  return `\nRachis is ready\n\n${lines.map((line) => `  ${line}`).join('\n')}\n`
}

/** Clients that are still sending after this are not waited for. */
const PATIENCE = 5000

let isStopping = false

const stop = async (signal: string) => {
  isStopping = true
  logger.info(`${signal}: stopping`)
  setTimeout(() => app.server.closeAllConnections(), PATIENCE).unref()
  setTimeout(() => process.exit(1), 2 * PATIENCE).unref()
  await app.teardown()
  process.exit(0)
}

const fail = (error: Error) => {
  // Whoever ends it while it starts takes the database away from under the start.
  if (isStopping) return
  process.stderr.write(`\nRachis could not start: ${error.message}\n`)
  logger.debug(error)
  process.exit(1)
}

const start = async () => {
  const { host, port } = { host: app.get('host'), port: app.get('port') }
  const listening = app.listen(port, host)
  // A port that is taken is told by an event.
  app.server.once('error', fail)
  await listening
  if (isStopping) return
  const address = app.server.address()
  const actual = typeof address === 'object' && address ? address.port : port
  const logins = app.get('seed_demo') ? await demoLogins(app) : []
  process.stdout.write(banner(`http://${host === '0.0.0.0' ? 'localhost' : host}:${actual}`, logins))
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(signal))

start().catch(fail)
