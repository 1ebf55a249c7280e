import { once } from 'events'
import path from 'path'
import type { Application } from './declare/declarations'
import type { FromServer } from './dev-messages'
import { DEV } from './dev-messages'

const tell = (message: FromServer) => void process.send?.(message)
export const isWatched = (): boolean => process.env[DEV] !== undefined && process.send !== undefined

/**
 * Under `npm run dev` a new server is loaded beside the one that serves, and takes its place once that has stopped: a mistake in a declaration
 * ends the new one, and the other goes on.
 */
export const untilLetGo = async (app: Application): Promise<void> => {
  if (!isWatched()) return
  const { apiLines } = require('./cli/api-lines') as typeof import('./cli/api-lines')
  tell({ rachis: 'loaded', api: apiLines(app.get('engine').models) })
  await once(process, 'message')
}

/** Where the engine is, as written or as compiled. */
const ENGINE = `${__dirname}${path.sep}`

export const sayReady = (): void => {
  if (!isWatched()) return
  tell({ rachis: 'ready', engine: Object.keys(require.cache).filter((file) => file.startsWith(ENGINE)) })
}
