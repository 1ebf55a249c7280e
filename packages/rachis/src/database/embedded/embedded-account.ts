import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import type { Binaries } from './embedded-binaries'

/** Whom PostgreSQL runs as when we are root, which it refuses. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Starts a program as that account, in its own process group. */
export type Launch = (program: string, args: string[], stdio: StdioOptions) => ChildProcess

const READ = 4
const ENTER = 1

function accountNamed(name: string): Account | undefined {
  const passwd = fs.existsSync('/etc/passwd') ? fs.readFileSync('/etc/passwd', 'utf8') : ''
  const line = passwd.split('\n').find((entry) => entry.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  return line ? { uid: Number(uid), gid: Number(gid) } : undefined
}

function ownerOf(folder: string): Account | undefined {
  const { uid, gid } = fs.statSync(folder, { throwIfNoEntry: false }) ?? {}
  return uid === undefined || gid === undefined ? undefined : { uid, gid }
}

/** undefined: as whoever we are. Else the owner of the data, lest it had to be chowned from start to start. */
export function chooseAccount(pgdata: string): Account | undefined {
  if (process.platform === 'win32') return undefined
  const owner = ownerOf(pgdata)
  if (process.getuid?.() === 0) {
    const known = owner?.uid ? owner : undefined
    return known ?? accountNamed('postgres') ?? accountNamed('nobody') ?? { uid: 65534, gid: 65534 }
  }
  if (owner && owner.uid !== process.getuid?.()) {
    throw new Error(
      `${pgdata} belongs to the account ${owner.uid}, perhaps since root started the embedded PostgreSQL there. ` +
        `Run "chown -R $(id -u) ${path.dirname(pgdata)}" as root, or set DATA_DIR to another folder`
    )
  }
  return undefined
}

/** Makes a folder that only the account may enter. */
export function makePrivateFolder(folder: string, account: Account | undefined) {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  fs.chmodSync(folder, 0o700)
  if (account) fs.chownSync(folder, account.uid, account.gid)
}

function allows(file: string, account: Account, bits: number): boolean {
  const { mode, uid, gid } = fs.statSync(file)
  const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0
  return ((mode >> shift) & bits) === bits
}

/** The folder itself and all above it, `/` last. */
function upwards(folder: string): string[] {
  const parent = path.dirname(folder)
  return parent === folder ? [folder] : [folder, ...upwards(parent)]
}

/** What of the places the account may not enter or read. */
function closedPlaces(account: Account, binaries: Binaries, folders: string[]): string[] {
  const { folder, initdb, postgres } = binaries
  const parents = new Set([path.join(folder, 'bin'), ...folders].flatMap((place) => upwards(place)))
  const installed = ['lib', 'share/postgresql', 'share/postgresql/postgres.bki'].map((name) =>
    path.join(folder, name)
  )
  return [
    ...[...parents].filter((place) => !allows(place, account, ENTER)),
    ...[initdb, postgres, ...installed].filter((place) => !allows(place, account, READ)),
    ...[initdb, postgres].filter((place) => !allows(place, account, ENTER))
  ]
}

// by their bits in /proc/self/status; see capabilities(7)
const CAPABILITIES = { dac_override: 1n, dac_read_search: 2n, setpcap: 8n }
type Capability = keyof typeof CAPABILITIES

function holds(capability: Capability): boolean {
  const status = fs.readFileSync('/proc/self/status', 'utf8')
  return ['CapPrm', 'CapBnd'].every((set) => {
    const mask = BigInt(`0x${new RegExp(`^${set}:\\s*(\\w+)`, 'm').exec(status)?.[1] ?? '0'}`)
    return ((mask >> CAPABILITIES[capability]) & 1n) === 1n
  })
}

/** The least that lets the account through: only dac_override opens a program that is not executable for it. */
function chooseCapability(account: Account, { initdb, postgres }: Binaries): Capability | undefined {
  if (process.platform !== 'linux' || !holds('setpcap')) return undefined
  const executable = [initdb, postgres].every((program) => allows(program, account, ENTER))
  const sufficient: Capability[] = executable ? ['dac_read_search', 'dac_override'] : ['dac_override']
  return sufficient.find(holds)
}

function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/bin', '/bin']
  return folders.map((folder) => path.join(folder, name)).find((file) => fs.existsSync(file))
}

/** The command line before the program that keeps one capability across the change of account. */
function throughClosedPlaces(account: Account, binaries: Binaries, closed: string[]): string[] {
  const setpriv = findProgram('setpriv')
  const capability = chooseCapability(account, binaries)
  if (!setpriv || !capability) {
    throw new Error(
      `PostgreSQL does not run as root, and the account ${account.uid} that it would run as may not enter or ` +
        `read ${closed[0]}; ${setpriv ? 'no capability is left' : 'the program setpriv (util-linux) is missing'} ` +
        'to let it through. Keep the checkout and DATA_DIR in folders that others may enter, or start as an ' +
        'ordinary user, or set DATABASE_URL to a PostgreSQL server'
    )
  }
  const ids = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups']
  // PostgreSQL tests its own path by access(2), which looks past capabilities unless no_setuid_fixup is set
  const bits = ['--securebits=+no_setuid_fixup', `--inh-caps=+${capability}`, `--ambient-caps=+${capability}`]
  return [setpriv, ...ids, ...bits]
}

// nothing else of ours: SQL can read files, so /proc/PID/environ of the server too, and in it our secrets
const INHERITED = /^(path|ld_library_path|dyld_library_path|systemroot|systemdrive|windir|te?mp|tmpdir)$/i

function environment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => INHERITED.test(name))
  return { ...Object.fromEntries(inherited), TZ: 'UTC' }
}

/** How to start the programs, given the folders (besides their own) which they have to reach. */
export function launcherFor(account: Account | undefined, binaries: Binaries, folders: string[]): Launch {
  const closed = account ? closedPlaces(account, binaries, folders) : []
  const prefix = account && closed.length ? throughClosedPlaces(account, binaries, closed) : []
  return (program, args, stdio) => {
    const [command = program, ...rest] = [...prefix, program, ...args]
    return spawn(command, rest, {
      ...(prefix.length ? {} : account),
      cwd: path.parse(program).root,
      env: environment(),
      stdio,
      // else a Ctrl-C at the terminal would reach it before the application has ended its requests
      detached: true,
      windowsHide: true
    })
  }
}
