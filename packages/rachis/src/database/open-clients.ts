import type { Client } from 'pg'

/** Parts of the driver's client that it does not declare. */
interface Prepared {
  readonly connection: { readonly parsedStatements: Readonly<Record<string, string>> }
}

const open = new Set<Client>()

/** Counts a connection among those that are open, from when it is until it ends. */
export const countOpen = (client: Client) => {
  client.once('connect', () => open.add(client)).once('end', () => open.delete(client))
}

/** Statements that the open connections of this process have prepared: each stays in the memory of the server as long as its connection. */
export const preparedStatements = (): number =>
  [...open].reduce(
    (sum, client) => sum + Object.keys((client as unknown as Prepared).connection.parsedStatements).length,
    0
  )
