import { readOwner } from './embedded-lock'
import { isRunning, untilGone } from './embedded-process'

/** Milliseconds; longer than an orphan's requests and its database are waited for. */
const STOPS_WITHIN = 25_000

/**
 * Ends a server that still owns the folder although the npm that started it has ended, as after `kill -9` of npm: nobody can stop that
 * server by stopping what they started. A server that has its parent, or was not started by npm, is left alone.
 *
 * @param dataDir folder of the embedded database
 * @param log told what is ended
 */
export async function endOrphan(dataDir: string, log: (line: string) => void) {
  const owner = readOwner(dataDir)
  if (!owner?.parent || !isRunning(owner.pid, owner.started)) return
  if (isRunning(owner.parent.pid, owner.parent.started)) return
  log(`Process ${owner.pid} has outlived the npm that started it; stopping it`)
  try {
    process.kill(owner.pid, 'SIGTERM')
    if (!(await untilGone(owner.pid, STOPS_WITHIN))) process.kill(owner.pid, 'SIGKILL')
    await untilGone(owner.pid, STOPS_WITHIN)
  } catch (error) {
    // Another account's, or gone between two looks: the lock tells.
    if (!['EPERM', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}
