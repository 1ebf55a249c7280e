import type { Server as Sockets } from 'socket.io'
import { serve } from 'rachis'
import { app } from '../../src/app'
import { NO_HEARTBEAT } from '../servers/shared'

/** The application as `npm start` runs it, in as many processes as `WEB_CONCURRENCY` says, but without heartbeats. */
void serve(app).then(() => {
  const { io } = app as unknown as { io?: Sockets }
  if (io?.engine as unknown) Object.assign(io!.engine.opts, NO_HEARTBEAT)
})
