import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { makePrivateFolder, type Account, type Launch } from './embedded-account'

export interface ClusterPlan {
  readonly dataDir: string
  readonly pgdata: string
  readonly initdb: string
  readonly account: Account | undefined
  readonly launch: Launch
  /** whether to wait for the disk: what was committed must not lean on a folder that a power failure takes */
  readonly sync: boolean
}

const HALF_MADE = 'postgresql.new-'

/** What initdb did not live to rename; it may still write there for a moment, then the next start removes it. */
async function removeHalfMade(dataDir: string) {
  const names = fs.readdirSync(dataDir).filter((name) => name.startsWith(HALF_MADE))
  const options = { recursive: true, force: true, maxRetries: 3, retryDelay: 20 }
  await Promise.all(
    names.map((name) => fs.promises.rm(path.join(dataDir, name), options).catch(() => undefined))
  )
}

// PostgreSQL's own C.UTF-8 sorts and folds case alike on every system; the system's serves pg_trgm and the like
function initdbArgs(folder: string, locale: string, sync: boolean): string[] {
  const provider = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', `--locale=${locale}`]
  const access = ['--username=postgres', '--auth=trust']
  return ['-D', folder, '--encoding=UTF8', ...provider, ...access, ...(sync ? [] : ['--no-sync'])]
}

async function runInitdb(plan: ClusterPlan, folder: string, locale: string): Promise<string | undefined> {
  const child = plan.launch(plan.initdb, initdbArgs(folder, locale, plan.sync), ['ignore', 'pipe', 'pipe'])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk))
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  if (code === 0) return undefined
  return `initdb ended with ${signal ?? code}:\n${output.trim().split('\n').slice(-12).join('\n')}`
}

async function initialize(plan: ClusterPlan, folder: string) {
  makePrivateFolder(folder, plan.account)
  let failure = await runInitdb(plan, folder, 'C.UTF-8')
  // macOS and older systems have no C.UTF-8; initdb empties the folder when it fails
  if (failure?.includes('locale')) failure = await runInitdb(plan, folder, 'C')
  if (failure) {
    fs.rmSync(folder, { recursive: true, force: true })
    throw new Error(`The embedded PostgreSQL's folder ${plan.pgdata} could not be made: ${failure}`)
  }
}

/** Without this the rename may come after the first committed rows on the disk. */
function syncFolder(folder: string) {
  if (process.platform === 'win32') return
  const handle = fs.openSync(folder, 'r')
  fs.fsyncSync(handle)
  fs.closeSync(handle)
}

/** PostgreSQL refuses a folder of another account or mode, as a copy made by root has it. */
function adopt(pgdata: string, account: Account | undefined) {
  const { uid, mode } = fs.statSync(pgdata)
  if (account && uid !== account.uid) spawnSync('chown', ['-RhP', `${account.uid}:${account.gid}`, pgdata])
  if (process.platform !== 'win32' && mode & 0o027) fs.chmodSync(pgdata, 0o700)
}

function refuseForeignFolder(pgdata: string) {
  const names = fs.existsSync(pgdata) ? fs.readdirSync(pgdata) : []
  if (names.length === 0) return
  throw new Error(
    `${pgdata} is no folder of PostgreSQL: it has no PG_VERSION, but ${names.slice(0, 3).join(', ')}. ` +
      'Move it away, or set DATA_DIR to another folder'
  )
}

/** Makes PGDATA where there is none. It gets its name when it is whole, so a killed initdb leaves nothing there. */
export async function ensureCluster(plan: ClusterPlan) {
  await removeHalfMade(plan.dataDir)
  if (fs.existsSync(path.join(plan.pgdata, 'PG_VERSION'))) return adopt(plan.pgdata, plan.account)
  refuseForeignFolder(plan.pgdata)
  const folder = path.join(plan.dataDir, HALF_MADE + randomUUID())
  await initialize(plan, folder)
  fs.rmSync(plan.pgdata, { recursive: true, force: true })
  fs.renameSync(folder, plan.pgdata)
  if (plan.sync) syncFolder(plan.dataDir)
}
