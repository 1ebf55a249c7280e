// run by embedded.test.ts in a process of its own, which can be killed; tells what happened line by line
import { once } from 'node:events'
import { Client } from 'pg'
import { startEmbedded, type EmbeddedServer } from '../../packages/rachis/src/database/embedded/embedded'

const [dataDir = '', role = 'hold'] = process.argv.slice(2)

function say(word: string, value: unknown = '') {
  process.stdout.write(`${word} ${value}\n`)
}

async function connect(server: EmbeddedServer): Promise<Client> {
  const client = new Client(server.connection)
  // the connection ends with the server, when a test kills that
  client.on('error', () => undefined)
  await client.connect()
  return client
}

async function write(server: EmbeddedServer, writer: number) {
  const client = await connect(server)
  for (let row = writer; ; row += 10) {
    await client.query('INSERT INTO written VALUES ($1)', [row])
    say('row', row)
  }
}

const roles: Record<string, (server: EmbeddedServer) => Promise<unknown> | void> = {
  hold: () => void setInterval(() => undefined, 1000),
  // neither stops the server nor exits
  end: () => undefined,
  exit: () => process.exit(0),
  contend: () => void setInterval(() => undefined, 1000),
  query: async (server) => {
    const client = await connect(server)
    const { rows } = await client.query('SELECT 6 * 7 AS answer')
    await client.end()
    await server.stop()
    say('answer', rows[0].answer)
  },
  write: async (server) => {
    const client = await connect(server)
    await client.query('CREATE TABLE written (id int PRIMARY KEY)')
    await Promise.all([0, 1, 2, 3].map((writer) => write(server, writer)))
  },
  interrupt: async (server) => {
    const client = await connect(server)
    const timer = setInterval(() => undefined, 1000)
    process.once('SIGINT', async () => {
      const { rows } = await client.query("SELECT 'served' AS state FROM pg_sleep(0.1)")
      say(rows[0].state)
      await client.end()
      await server.stop()
      clearInterval(timer)
    })
    say('listening')
  }
}

async function main() {
  if (role === 'contend') {
    say('waiting')
    await once(process.stdin, 'data')
    process.stdin.destroy()
  }
  const server = await startEmbedded(dataDir)
  say('started', server.pid)
  await roles[role]?.(server)
}

main().catch((error) => {
  say('failed', `${error.name}: ${error.message.replaceAll('\n', ' | ')}`)
  process.exitCode = 1
})
