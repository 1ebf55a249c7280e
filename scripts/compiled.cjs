// @ts-check
'use strict'

// `node -C source -r ./scripts/compiled.cjs src/index.ts` runs the sources as JavaScript that was made once. Translated anew by each
// start, as by tsx, they would take half of its time, and each request five to fifteen percent more.

const Module = require('node:module')
const path = require('node:path')
const { ROOT, FOLDER, compile, compileAlone } = require('./compile.cjs')
const { nameSourceLines } = require('./source-lines.cjs')

const { enableCompileCache, _extensions } = /** @type {any} */ (Module)

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
// A process that `npm run dev` keeps ready has read what was there when it began; maps that were read since are of that, too.
process.on('rachis:load', () => {
  ;({ code, maps } = compileOrEnd())
  nameSourceLines(ROOT, maps)
})

/**
 * @param {{ _compile(code: string, file: string): void }} module
 * @param {string} file
 */
const load = (module, file) => module._compile(code[path.relative(ROOT, file)] ?? compileAlone(file), file)
_extensions['.ts'] = load
