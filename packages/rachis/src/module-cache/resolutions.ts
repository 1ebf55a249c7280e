import fs from 'fs'
import type Module from 'module'
import path from 'path'
import type { Resolutions, Stored } from './cache-file'
import { loader } from './node-modules'

const MODULES = `${path.sep}node_modules${path.sep}`
const isRelative = (request: string) => /^\.\.?(?:\/|$)/.test(request)

/** `@feathersjs/koa/lib/rest` → `@feathersjs/koa` */
const packageOf = (request: string) =>
  request
    .split('/')
    .slice(0, request.startsWith('@') ? 2 : 1)
    .join(path.sep)

/** Where a package is that the project has linked, such as one of its workspaces. */
const linkedFolder = (root: string, name: string): string | undefined => {
  try {
    return fs.realpathSync(path.join(root, 'node_modules', name))
  } catch {
    return undefined
  }
}

/** Other where a file is another, or where a folder has other entries. */
const stateOf = (place: string): string => {
  try {
    const { size, mtimeMs, ctimeMs } = fs.statSync(place)
    return `${size} ${mtimeMs} ${ctimeMs}`
  } catch {
    return ''
  }
}

const statesOf = (places: Iterable<string>): Record<string, string> =>
  Object.fromEntries([...places].map((place) => [place, stateOf(place)]))

/** A folder and those above it, up to that of the project. */
const upwards = (folder: string, root: string): string[] =>
  folder === root ? [folder] : [folder, ...upwards(path.dirname(folder), root)]

/**
 * What Node looks at when it looks for a module from this folder, or finds one in it. A folder of sources changes with each file that an editor
 * writes; only what it may hold for Node is looked at there.
 */
const placesOf = (folder: string): string[] => {
  const parts = ['package.json', 'node_modules'].map((name) => path.join(folder, name))

  return `${folder}${path.sep}`.includes(MODULES) ? [folder, parts[0]!] : parts
}

/**
 * Which files the requests of modules stand for. Node asks the disk for each of them under several names and in several folders, at every start.
 * What is stored is believed while no folder in which it would look has other entries, and no package.json is another.
 */
export class ResolutionCache {
  private readonly known: Readonly<Record<string, Readonly<Record<string, string>> | undefined>>
  private readonly added: Record<string, Record<string, string>> = {}
  private isEnded = false
  count = 0

  constructor(
    private readonly root: string,
    { resolutions, states }: Stored
  ) {
    const isSame = Object.entries(states).every(([place, state]) => stateOf(place) === state)
    this.known = isSame ? resolutions : {}
  }

  /** From now on Node looks for itself: a process that runs for long may see packages change. */
  end(): void {
    this.isEnded = true
  }

  install(): void {
    const resolve = loader._resolveFilename
    loader._resolveFilename = (request, parent, ...rest) => {
      // Behind `isMain` is where `require.resolve` says where to look; Node 22 gives it also where nothing says so.
      if (this.isEnded || rest[1] !== undefined || !parent?.filename)
        return resolve.call(loader, request, parent, ...rest)

      return (
        this.known[parent.path]?.[request] ??
        this.noted(parent, request, resolve.call(loader, request, parent, ...rest))
      )
    }
  }

  /** All that is known, with the state of what it depends on. */
  toStore(): { resolutions: Resolutions; states: Record<string, string> } {
    const resolutions = { ...this.known } as Record<string, Record<string, string>>
    for (const [folder, files] of Object.entries(this.added))
      resolutions[folder] = { ...resolutions[folder], ...files }
    const folders = Object.entries(resolutions).flatMap(([folder, files]) => [
      folder,
      ...Object.values(files).map((file) => path.dirname(file))
    ])
    const all = new Set([...new Set(folders)].flatMap((folder) => upwards(folder, this.root)))
    const settings = path.join(this.root, 'tsconfig.json')

    return { resolutions, states: statesOf(new Set([settings, ...[...all].flatMap(placesOf)])) }
  }

  private noted(parent: Module, request: string, file: string): string {
    if (!this.isLasting(parent, request, file)) return file
    this.added[parent.path] = { ...this.added[parent.path], [request]: file }
    this.count++

    return file
  }

  /** Whether the entries of folders say what is asked for: not within sources, nor where a loader such as tsx maps names to them. */
  private isLasting(parent: Module, request: string, file: string): boolean {
    const isWithin = [parent.filename!, file].every((place) => place.startsWith(`${this.root}${path.sep}`))
    if (!isWithin) return false
    if (isRelative(request)) return [parent.path, file].every((place) => place.includes(MODULES))

    const name = packageOf(request)
    return [MODULES + name, linkedFolder(this.root, name)].some(
      (folder) => folder !== undefined && file.includes(`${folder}${path.sep}`)
    )
  }
}
