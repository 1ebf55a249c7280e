import { spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Launch } from './embedded-account'
import type { Binaries } from './embedded-binaries'
import { atExit, isPostgresOf, isRunning, postgresProcessesOf, untilGone } from './embedded-process'

export interface ServerPlan {
  readonly pgdata: string
  readonly logFile: string
  readonly binaries: Binaries
  readonly launch: Launch
  readonly settings: Record<string, string | number>
  readonly log: (line: string) => void
}

const READY_WITHIN = 60_000
const FAST_SHUTDOWN_WITHIN = 30_000
const LEFTOVERS_GO_WITHIN = 10_000
const LOG_KEPT = 8 * 1024 * 1024

// the two shutdowns that do not wait for clients; after an immediate one PostgreSQL recovers at the next start
const SHUTDOWN = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const
type Shutdown = keyof typeof SHUTDOWN

/** Synchronous, as it also runs while the process exits. */
function askToStop(pid: number, mode: Shutdown, { pgdata, binaries }: ServerPlan) {
  if (process.platform === 'win32') {
    spawnSync(binaries.pgCtl, ['stop', '-D', pgdata, '-m', mode, '-W'], { windowsHide: true })
    return
  }
  try {
    process.kill(pid, SHUTDOWN[mode])
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** The lines of postmaster.pid: pid, folder, start, port, socket's folder, address, shared memory, state. */
function readPidFile(pgdata: string): { pid: number; state: string } | undefined {
  try {
    const lines = fs.readFileSync(path.join(pgdata, 'postmaster.pid'), 'utf8').split('\n')
    // negative: a single-user server
    return { pid: Math.abs(Number(lines[0])), state: lines[7]?.trim() ?? '' }
  } catch {
    return undefined
  }
}

/**
 * Stops the server that a killed process left behind, rather than to use it on: it may have other settings, and
 * a child tells us when it ends. Nothing that was committed is lost by either.
 */
async function stopOrphan(plan: ServerPlan) {
  const pid = readPidFile(plan.pgdata)?.pid
  if (!pid) return
  if (!isPostgresOf(pid, plan.pgdata)) {
    // PostgreSQL would not start while any process has the pid; the file of a dead one it replaces by itself
    if (isRunning(pid)) fs.rmSync(path.join(plan.pgdata, 'postmaster.pid'), { force: true })
    return
  }
  plan.log(`PostgreSQL runs on as process ${pid} without its owner; stopping it`)
  askToStop(pid, 'fast', plan)
  if (await untilGone(pid, FAST_SHUTDOWN_WITHIN)) return
  askToStop(pid, 'immediate', plan)
  if (await untilGone(pid, FAST_SHUTDOWN_WITHIN)) return
  throw new Error(`Process ${pid}, a PostgreSQL of ${plan.pgdata}, does not stop. End it by "kill -9 ${pid}"`)
}

function openLog(file: string): { handle: number; from: number } {
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size > LOG_KEPT) fs.renameSync(file, `${file}.1`)
  return { handle: fs.openSync(file, 'a', 0o600), from: size > LOG_KEPT ? 0 : size }
}

function tail(file: string, from: number): string {
  const added = fs.readFileSync(file).subarray(from).toString('utf8')
  return added.trim().split('\n').slice(-12).join('\n')
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** False when it ended. To look into postmaster.pid costs less than to keep a pipe to the server's log. */
async function untilReady(child: ChildProcess, pgdata: string): Promise<boolean> {
  const end = Date.now() + READY_WITHIN
  while (!hasEnded(child)) {
    const file = readPidFile(pgdata)
    // another pid: the file of the server before
    if (file?.pid === child.pid && file?.state === 'ready') return true
    if (Date.now() > end) throw new Error(`it was not ready after ${READY_WITHIN / 1000} s`)
    await sleep(4)
  }
  return false
}

function serverArgs({ pgdata, settings }: ServerPlan): string[] {
  return ['-D', pgdata, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

function spawnServer(plan: ServerPlan, logHandle: number): ChildProcess {
  // a file, not a pipe: the server's log goes on when this process is killed
  const child = plan.launch(plan.binaries.postgres, serverArgs(plan), ['ignore', logHandle, logHandle])
  const stopNow = atExit(() => !hasEnded(child) && child.pid && askToStop(child.pid, 'fast', plan))
  child.once('exit', stopNow)
  child.once('error', stopNow)
  return child
}

async function launchOnce(plan: ServerPlan): Promise<ChildProcess> {
  const { handle, from } = openLog(plan.logFile)
  const child = spawnServer(plan, handle)
  fs.closeSync(handle)
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`it ended with ${signal ?? code}`)
  })
  try {
    if (!(await Promise.race([untilReady(child, plan.pgdata), ended]))) await ended
    return child
  } catch (error) {
    if (child.pid && !hasEnded(child)) askToStop(child.pid, 'immediate', plan)
    throw new Error(
      `The embedded PostgreSQL did not start: ${(error as Error).message}. ` +
        `DATABASE_URL would use another server. Its log, ${plan.logFile}, ends:\n${tail(plan.logFile, from)}`
    )
  }
}

/** Backends that outlive a killed postmaster for a moment, or a postmaster that had not written its pid yet. */
function isLeftover(error: unknown): boolean {
  return /pre-existing shared memory block|lock file "postmaster.pid" already exists/.test(String(error))
}

/** Starts the server and resolves when it answers. */
export async function launchServer(plan: ServerPlan): Promise<ChildProcess> {
  const end = Date.now() + LEFTOVERS_GO_WITHIN
  for (;;) {
    await stopOrphan(plan)
    try {
      return await launchOnce(plan)
    } catch (error) {
      if (!isLeftover(error) || Date.now() > end) throw error
    }
    // most end by themselves, but not one that computes
    for (const pid of postgresProcessesOf(plan.pgdata)) askToStop(pid, 'immediate', plan)
    await sleep(50)
  }
}

/** Stops the server and resolves when it has ended. */
export async function shutDown(child: ChildProcess, plan: ServerPlan) {
  if (hasEnded(child) || !child.pid) return
  // it must not keep the process alive while it serves, but has to while it is awaited
  child.ref()
  const { pid } = child
  const impatience = setTimeout(() => askToStop(pid, 'immediate', plan), FAST_SHUTDOWN_WITHIN)
  const ended = once(child, 'exit')
  askToStop(pid, 'fast', plan)
  await ended
  clearTimeout(impatience)
}
