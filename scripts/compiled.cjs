// @ts-check
'use strict'

// `node -C source -r ./scripts/compiled.cjs src/index.ts` runs the sources as JavaScript that was made once. Translated anew by each
// start, as by tsx, they would take half of its time, and each request five to fifteen percent more.

const Module = require('node:module')
const path = require('node:path')
const { ROOT, FOLDER, compile, compileAlone } = require('./compile.cjs')
const { nameSourceLines } = require('./source-lines.cjs')

const Internal = /** @type {any} */ (Module)
const { enableCompileCache, _extensions, _resolveFilename } = Internal

// From Node 22 on. Where the folder cannot be written to it does without.
enableCompileCache?.(path.join(FOLDER, 'v8'))

const compileOrEnd = () => {
  try {
    return compile()
  } catch (error) {
    process.stderr.write(`\nRachis could not start: ${/** @type {Error} */ (error).message}\n`)
    process.exit(1)
  }
}

let { code, maps } = compileOrEnd()
nameSourceLines(ROOT, maps)
/** @param {string} file */
const placeOf = (file) => `${ROOT}${path.sep}${file}`
let places = new Set(Object.keys(code).map(placeOf))
// A process that `npm run dev` keeps ready has read what was there when it began; maps that were read since are of that, too.
process.on('rachis:load', () => {
  ;({ code, maps } = compileOrEnd())
  nameSourceLines(ROOT, maps)
  places = new Set(Object.keys(code).map(placeOf))
})

/**
 * @param {{ _compile(code: string, file: string): void }} module
 * @param {string} file
 */
const load = (module, file) => module._compile(code[path.relative(ROOT, file)] ?? compileAlone(file), file)
_extensions['.ts'] = load

/**
 * What one of the sources imports by a relative path is found among them. Node would ask the disk for each of thousands of imports, under
 * several names, which took a tenth of the start. It is still asked for a folder, and where `require.resolve` says where to look.
 *
 * @param {string} request
 * @param {{ filename?: string | null } | undefined} parent
 * @param {unknown[]} rest
 */
Internal._resolveFilename = (request, parent, ...rest) => {
  if (
    request.startsWith('.') &&
    !request.endsWith('/') &&
    // Node 22 gives it also where nothing says so.
    rest[1] === undefined &&
    parent?.filename?.endsWith('.ts')
  ) {
    const place = path.resolve(path.dirname(parent.filename), request)
    if (places.has(`${place}.ts`)) return `${place}.ts`
    const index = `${place}${path.sep}index.ts`
    if (places.has(index)) return index
  }
  return _resolveFilename.call(Module, request, parent, ...rest)
}
