import { fork } from 'child_process'
import path from 'path'
import { Remote } from './messages'
import type { Crowd, Received, Writes } from './socket-child'

/** Sockets in a process of their own: what they cost is not the server's. */
export interface Sockets {
  /** Connects and signs in all of the crowd, a few at a time. */
  connect(crowd: Crowd, progress: (connected: number) => void): Promise<void>
  write(writes: Writes): Promise<number[]>
  /** What came since it was asked last. */
  received(): Promise<Received>
  stop(): void
}

export const startSockets = (): Sockets => {
  const child = fork(path.join(__dirname, 'socket-child.ts'), { execArgv: ['-C', 'source', '--import=tsx'] })
  const remote = new Remote(child)

  return {
    async connect(crowd, progress) {
      for (let connected = 0; connected < crowd.tokens.length; progress(connected))
        connected = await remote.call<number>('join', crowd)
    },
    write: (writes) => remote.call('write', writes),
    received: () => remote.call('received'),
    stop: () => void child.kill()
  }
}
