import type { Worker } from 'cluster'
import type { Application } from './declare/declarations'
import type { Asker } from './feed/handout'
import { Handout } from './feed/handout'
import { openLooks } from './open-table'
import { logger } from './util/logger'
import type { FromWorker, ToWorker } from './worker-messages'

/** Reads the change feed for the workers of this process, once the first of them asks. */
export const handing = (app: Application) => {
  const table = openLooks(app, app.get('connection'))
  const onError = (err: unknown) => logger.error({ err }, 'The change feed could not be read')
  const handout = new Handout({ looks: table.looks, onError })
  let isListening = false
  // It tries again by itself, and until then the table is looked at more often.
  const listen = () => {
    if (!isListening) void table.listen().catch(() => undefined)
    isListening = true
  }

  return {
    attach(worker: Worker) {
      const asker: Asker = {
        send(answer) {
          const message: ToWorker = { rachis: 'feed', ...answer }
          // One that has just ended does not hear it.
          if (worker.isConnected()) worker.send(message, undefined, () => undefined)
        }
      }
      worker.on('message', (message: FromWorker) => {
        if (message.rachis !== 'feed') return
        listen()
        handout.receive(asker, message.message)
      })
      worker.once('exit', () => handout.leave(asker))
    },
    async close() {
      await table.leave()
      await handout.stop()
      await table.close()
    }
  }
}
