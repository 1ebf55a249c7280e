import { spawnSync } from 'node:child_process'

/** The major version of PostgreSQL's client programs here; 0 without them. */
export const clientMajor = Number(/(\d+)/.exec(spawnSync('pg_dump', ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1] ?? 0) // prettier-ignore
