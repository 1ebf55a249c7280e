import type { AddressInfo } from 'net'
import type { Server as Sockets } from 'socket.io'
import { app } from '../../src/app'
import type { SessionAuthentication } from '../../packages/rachis/src/accounts/authentication'
import type { Contender, Start } from '../harness/contender'
import { NO_HEARTBEAT } from './shared'

/** The application of this process as `npm start` runs it; its settings come from the environment. */
export const start: Start = async (): Promise<Contender> => {
  const server = await app.listen(0, '127.0.0.1')
  const { port } = server.address() as AddressInfo
  const { io } = app as unknown as { io: Sockets }
  Object.assign(io.engine.opts, NO_HEARTBEAT)
  const authentication = app.service('authentication' as never) as unknown as SessionAuthentication

  return {
    url: `http://127.0.0.1:${port}/api/v1`,
    async tokens(ids) {
      const tokens: string[] = []
      for (const id of ids) tokens.push((await authentication.open({ id })).accessToken)
      return tokens
    },
    stop: () => app.teardown()
  }
}
