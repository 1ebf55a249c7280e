import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** What the system tells of a process; undefined where there is no /proc or it hides that process. */
function statOf(pid: number): { state: string; ticks: string } | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    // the second field is the program's name, which may itself hold spaces and parentheses
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', ticks: fields[19] ?? '' }
  } catch {
    return undefined
  }
}

function bootId(): string {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}

/**
 * When a process was started, to tell it from a later one with the same pid; '' where the system keeps it to
 * itself. The boot belongs to it, as a machine that always boots alike gives the same pid at the same tick.
 */
export function startOf(pid: number): string {
  const stat = statOf(pid)
  return stat ? `${bootId()}:${stat.ticks}` : ''
}

/** Whether the process runs and, where `started` is known, is still the one that was started then. */
export function isRunning(pid: number, started = ''): boolean {
  // 0 and negative numbers name whole process groups
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  // killed but not yet waited for, perhaps never: a container's first process is seldom an init
  if (/[ZX]/.test(statOf(pid)?.state ?? '')) return false
  const now = startOf(pid)
  return !started || !now || started === now
}

function commandOf(pid: number): string {
  try {
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}

function isPostgresByProc(pid: number, pgdata: string): boolean {
  try {
    const cwd = fs.statSync(`/proc/${pid}/cwd`)
    const own = fs.statSync(pgdata)
    // "(deleted)": the package was installed anew while the orphan ran
    const program = fs.readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '')
    return path.basename(program) === 'postgres' && cwd.dev === own.dev && cwd.ino === own.ino
  } catch {
    return false
  }
}

/** Whether the process is a PostgreSQL server of this folder: a pid read from a file may be anyone's by now. */
export function isPostgresOf(pid: number, pgdata: string): boolean {
  if (!isRunning(pid)) return false
  if (fs.existsSync('/proc/self/cwd')) return isPostgresByProc(pid, pgdata)
  // pg_ctl, which stops servers on Windows, speaks to a pipe that only a PostgreSQL of that pid has
  if (process.platform === 'win32') return true
  const command = commandOf(pid)
  return command.includes('postgres') && command.includes(pgdata)
}

/** The servers of this folder and their backends, or none where the system has no /proc to look through. */
export function postgresProcessesOf(pgdata: string): number[] {
  if (!fs.existsSync('/proc/self/cwd')) return []
  const pids = fs.readdirSync('/proc').map(Number)
  return pids.filter((pid) => isPostgresOf(pid, pgdata))
}

/** Waits until a process that is not our child has gone; false when it outlasts the patience. */
export async function untilGone(pid: number, milliseconds: number): Promise<boolean> {
  const started = startOf(pid)
  const end = Date.now() + milliseconds
  while (isRunning(pid, started)) {
    if (Date.now() > end) return false
    await sleep(5)
  }
  return true
}

const pending = new Set<() => void>()

function runPending() {
  for (const run of [...pending]) run()
}

/** Runs `run` once: when the returned function is called, or else at the latest when the process exits. */
export function atExit(run: () => void): () => void {
  const once = () => {
    if (pending.delete(once)) run()
    if (pending.size === 0) process.off('exit', runPending)
  }
  // one listener for all, lest a process with several servers is warned of a leak of listeners
  if (pending.size === 0) process.on('exit', runPending)
  pending.add(once)
  return once
}
