import vm from 'vm'
import path from 'path'
import { crc32 } from 'zlib'
import type { Stored, StoredCode } from './cache-file'
import { placed } from './cache-file'
import type { LoadedModule } from './node-modules'
import { loader } from './node-modules'

interface Loaded {
  readonly script: vm.Script
  readonly length: number
  readonly checksum: number
  /** Where V8 took what was stored. */
  readonly stored?: Buffer
}

type Wrapper = (
  exports: unknown,
  require: NodeJS.Require,
  module: LoadedModule,
  filename: string,
  folder: string
) => unknown

const [BEFORE, AFTER] = loader.wrapper
/** `import()`, for which V8 forgets in stored code of Node 20 which file it belongs to: Node compiles what may have one. */
const IMPORT = /\bimport\s*(?:\(|\/[*/])/
/** How many scripts are asked for their code before others have a turn. */
const BATCH = 20

/** `require` within a module. */
const requireOf = (module: LoadedModule): NodeJS.Require =>
  Object.assign((id: string) => module.require(id) as unknown, {
    resolve: Object.assign(
      (request: string, options?: object) => loader._resolveFilename(request, module, false, options),
      { paths: (request: string) => loader._resolveLookupPaths(request, module) }
    ),
    main: process.mainModule,
    extensions: loader._extensions,
    cache: loader._cache
  })

const run = (module: LoadedModule, script: vm.Script, filename: string): unknown => {
  const wrapper = script.runInThisContext() as Wrapper

  return wrapper.call(
    module.exports,
    module.exports,
    requireOf(module),
    module,
    filename,
    path.dirname(filename)
  )
}

/** Text that is none of CommonJS, or has a mistake in it, is left to Node, which loads the one and tells the other. */
const scriptOf = (content: string, filename: string, cachedData: Buffer | undefined) => {
  try {
    return new vm.Script(`${BEFORE}${content}${AFTER}`, {
      filename,
      cachedData,
      columnOffset: -BEFORE.length
    })
  } catch {
    return undefined
  }
}

/**
 * The code that V8 makes of modules. It is stored once the program has started, so that it includes what was compiled while that ran; the
 * compile cache of Node 22 has it of each module by itself, in a file of its own, and Node 20 has none. V8 compares only the length of a text:
 * its checksum says whether it is the same.
 */
export class CodeCache {
  private loaded = new Map<string, Loaded>()
  private isEnded = false
  private stored: Stored | undefined
  count = 0

  constructor(stored: Stored) {
    this.stored = stored
  }

  /** From now on Node compiles by itself, and nothing is kept. */
  end(): void {
    this.isEnded = true
    this.stored = undefined
    this.loaded = new Map()
  }

  install(): void {
    const compile = loader.prototype._compile
    const scriptFor = (content: string, filename: string) => this.load(content, filename)
    const isOff = () => this.isEnded
    loader.prototype._compile = function (content, filename, format) {
      const isScript = !isOff() && (format === undefined || format === 'commonjs')
      const script = isScript ? scriptFor(content, filename) : undefined

      return script ? run(this, script, filename) : compile.call(this, content, filename, format)
    }
  }

  /** Of all modules that this process has loaded. It lets others have a turn meanwhile. */
  async toStore(): Promise<{ codes: Record<string, StoredCode>; bytes: Buffer[] }> {
    const modules = [...this.loaded]
    const pieces: Buffer[] = []
    for (const [, { script, stored }] of modules) {
      pieces.push(stored ?? script.createCachedData())
      if (pieces.length % BATCH === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const { starts, bytes } = placed(pieces)
    const codes = modules.map(([file, { length, checksum }], index) => {
      const start = starts[index]!
      return [file, { start, end: start + pieces[index]!.length, length, checksum }] as const
    })

    return { codes: Object.fromEntries(codes), bytes }
  }

  private load(content: string, filename: string): vm.Script | undefined {
    // Node reads maps, as tsx and `--enable-source-maps` have it, only of what it compiles.
    if (process.sourceMapsEnabled && content.includes('sourceMappingURL=')) return undefined
    const checksum = crc32(content)
    const known = this.storedFor(content, filename, checksum)
    if (!known && IMPORT.test(content)) return undefined
    const script = scriptOf(content, filename, known)
    if (!script) return undefined
    const stored = known && !script.cachedDataRejected ? known : undefined
    if (!stored) this.count++
    this.loaded.set(filename, { script, length: content.length, checksum, stored })

    return script
  }

  private storedFor(content: string, filename: string, checksum: number): Buffer | undefined {
    const code = this.stored?.codes[filename]
    if (code?.length !== content.length || code.checksum !== checksum) return undefined

    return this.stored?.bytes.subarray(code.start, code.end)
  }
}
