import { existsSync, readFileSync } from 'fs'
import { Client } from 'pg'

// Ticks of Linux' clock, as /proc counts CPU.
const TICK = 10_000

const ticksOf = (pid: number): number => {
  try {
    const [, rest] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) /) as [string, string]
    const [utime, stime] = rest.split(' ').slice(11, 13).map(Number) as [number, number]
    return utime + stime
  } catch {
    return NaN
  }
}

/** CPU that a process has used, µs; NaN where there is no /proc. */
export const cpuOf = (pid: number): number => ticksOf(pid) * TICK

const isOurs = (pid: number) =>
  existsSync(`/proc/${pid}/comm`) && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres'

/** Reads how much CPU the connections of one database have used, from /proc: NaN where PostgreSQL is not on this machine. */
export const databaseCpu = async (connectionString: string): Promise<number> => {
  const client = new Client({ connectionString })
  await client.connect()
  const { rows } = await client.query<{ pid: number }>(
    'select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'
  )
  await client.end()

  return rows.reduce((sum, { pid }) => sum + (isOurs(pid) ? ticksOf(pid) : NaN), 0) * TICK
}
