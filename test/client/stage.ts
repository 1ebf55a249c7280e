import { createClient } from '../../packages/rachis/src/client'
import type { Client, ClientOptions, Live } from '../../packages/rachis/src/client'
import type { ServiceTypes } from '../../packages/rachis/src/declare/declarations'
import type { Person } from '../helpers/world'
import { PASSWORD } from '../helpers/world'

/** The ways on which events arrive. */
export const TRANSPORTS = ['websocket', 'sse'] as const
export type ShopClient = Client<ServiceTypes>

/** The clients of a test, which are closed with it. */
export class Stage {
  private readonly clients: ShopClient[] = []

  client(url: string, options: ClientOptions): ShopClient {
    const client = createClient<ServiceTypes>(url, options)
    this.clients.push(client)

    return client
  }

  async signedIn(url: string, { email }: Person, options: ClientOptions): Promise<ShopClient> {
    const client = this.client(url, options)
    await client.login({ email: email!, password: PASSWORD })

    return client
  }

  close() {
    for (const client of this.clients.splice(0)) client.close()
  }
}

/** Resolves once the list is so; the test's own time-out fails it otherwise. */
export const until = <R>(
  list: Live<R>,
  isSo: (data: readonly R[], status: string) => boolean
): Promise<readonly R[]> =>
  new Promise((resolve) => {
    const look = () => {
      const { data, status } = list.snapshot()
      if (!isSo(data, status)) return
      stop()
      resolve(data)
    }
    const stop = list.subscribe(look)
    look()
  })

/** Everything that a list has shown, one after the other. */
export const shown = <R>(list: Live<R>, text: (row: R) => string): string[] => {
  const seen = [list.snapshot().data.map(text).join()]
  list.subscribe(() => {
    const now = list.snapshot().data.map(text).join()
    if (now !== seen.at(-1)) seen.push(now)
  })

  return seen
}
