// @ts-check
'use strict'

const { SourceMap } = require('node:module')
const path = require('node:path')

/**
 * Lets stacks name the lines of the sources. Node's own `--enable-source-maps` reads the map of each file as it is loaded, a tenth
 * of the start; here they are read with the first stack that somebody looks at.
 *
 * @param {string} root
 * @param {() => import('./compile.cjs').Texts} load the maps by the paths of the sources, from the root
 */
const nameSourceLines = (root, load) => {
  /** @type {import('./compile.cjs').Texts | undefined} */
  let texts
  /** @type {Map<string, SourceMap | undefined>} */
  const maps = new Map()
  /** @param {string} file */
  const mapOf = (file) => {
    if (!maps.has(file)) {
      texts ??= load()
      const text = texts[path.relative(root, file)]
      maps.set(file, text ? new SourceMap(JSON.parse(text)) : undefined)
    }
    return maps.get(file)
  }
  /** @param {NodeJS.CallSite} frame */
  const lineOf = (frame) => {
    const [file, line, column] = [frame.getFileName(), frame.getLineNumber(), frame.getColumnNumber()]
    const map = file?.endsWith('.ts') && line && column ? mapOf(file) : undefined
    const found = map?.findEntry(Number(line) - 1, Number(column) - 1)
    if (!found || !('originalLine' in found)) return String(frame)

    return String(frame).replace(
      `${file}:${line}:${column}`,
      () => `${file}:${found.originalLine + 1}:${found.originalColumn + 1}`
    )
  }
  Error.prepareStackTrace = (error, frames) =>
    [titleOf(error), ...frames.map((frame) => `    at ${lineOf(frame)}`)].join('\n')
}

/** An error may have a name or a message that cannot be read as text. @param {Error} error */
const titleOf = (error) => {
  try {
    return Error.prototype.toString.call(error)
  } catch {
    return 'Error'
  }
}

module.exports = { nameSourceLines }
