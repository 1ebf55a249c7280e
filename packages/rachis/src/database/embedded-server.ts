import type { ClientConfig } from 'pg'
import { DatabaseUnavailable } from './connection-problem'
import type { EmbeddedServer } from './embedded/embedded'
import { startEmbedded } from './embedded/embedded'

type Log = (line: string) => void

/** The embedded server of a folder: started by the first who asks, started again where it was killed from outside. */
export const embeddedServer = (data_dir: string, log?: Log) => {
  let current: Promise<EmbeddedServer> | undefined
  const open = (before?: EmbeddedServer): Promise<EmbeddedServer> => {
    const ended = () =>
      void opened
        .then((server) => (current = open(server)))
        // Where it cannot come back, as on a full disk, the next connection tries again.
        .catch((error: Error) => log?.(error.message))
    const opened: Promise<EmbeddedServer> = Promise.resolve(before?.stop()).then(() =>
      startEmbedded(data_dir, { log, ended }).catch((cause: Error) => {
        throw new DatabaseUnavailable(cause.message, { cause })
      })
    )
    opened.catch(() => (current = undefined))

    return opened
  }

  return {
    async config(): Promise<ClientConfig> {
      const asked = (current ??= open())
      const { connection } = await asked

      // Knex asks once and then keeps the address, which may be another after a restart.
      return { ...connection, expirationChecker: () => asked !== current } as ClientConfig
    },
    async url() {
      const { host, port, user, database } = (await (current ??= open())).connection
      const [name, folder] = host.startsWith('/')
        ? ['localhost', `?${new URLSearchParams({ host, port: String(port) }).toString()}`]
        : [`${host}:${port}`, '']

      return `postgresql://${user}@${name}/${database}${folder}`
    },
    async stop() {
      await (await current?.catch(() => undefined))?.stop()
    }
  }
}
