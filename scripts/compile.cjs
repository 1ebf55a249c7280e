// @ts-check
'use strict'

const fs = require('node:fs')
const path = require('node:path')

const ROOT = path.join(__dirname, '..')
/**
 * Beside the packages rather than in DATA_DIR: it belongs to this checkout as they do, `npm ci` removes it with them, git ignores
 * it, and the folder of the data is not known before the configuration is read.
 */
const FOLDER = path.join(ROOT, 'node_modules/.cache/rachis')
const PARTS = ['src', 'migrations']

/**
 * @typedef {Readonly<Record<string, string>>} Texts by the path of the source, from the root
 * @typedef {{ readonly code: Texts, readonly maps: () => Texts }} Program
 */

/**
 * By hand, since `recursive` of Node 20 takes 20 ms for it, and without `path.join`, which takes another 10 for a thousand files.
 *
 * @param {string} folder
 * @returns {string[]}
 */
const sourcesIn = (folder) =>
  fs.readdirSync(`${ROOT}${path.sep}${folder}`, { withFileTypes: true }).flatMap((entry) => {
    const place = `${folder}${path.sep}${entry.name}`
    if (entry.isDirectory()) return sourcesIn(place)
    // Not links: editors leave some that lead nowhere. A source that is one is translated when it is loaded.
    return entry.isFile() && place.endsWith('.ts') && !place.endsWith('.d.ts') ? [place] : []
  })

/** Every file that the application and the engine may load. */
const findSources = () => {
  const packages = fs.readdirSync(path.join(ROOT, 'packages')).map((name) => path.join('packages', name))
  const folders = ['.', ...packages].flatMap((place) => PARTS.map((part) => path.join(place, part)))

  return folders.filter((folder) => fs.existsSync(path.join(ROOT, folder))).flatMap(sourcesIn)
}

/**
 * Other where a file is another. One that is written anew has another time of change (ctime) even where its text came with an old time of its own,
 * as from an archive.
 *
 * @param {string} file
 */
const stateOf = (file) => {
  const { size, mtimeMs, ctimeMs } = fs.statSync(path.resolve(ROOT, file))
  return `${size} ${mtimeMs} ${ctimeMs}`
}

/** What decides how any source is translated. */
const stateOfTools = () =>
  ['tsconfig.json', __filename, require.resolve('esbuild/package.json')].map(stateOf).join(' ')

/**
 * @param {readonly string[]} sources
 * @returns {Texts} the states by the paths of the sources
 */
const statesOf = (sources) => Object.fromEntries(sources.map((file) => [file, stateOf(file)]))

/** `import()` becomes `require()`, as tsc has it for CommonJS. */
const options = /** @type {const} */ ({
  format: 'cjs',
  logLevel: 'silent',
  platform: 'node',
  sourcesContent: false,
  supported: { 'dynamic-import': false }
})

/**
 * Translates the sources at once. Types are not checked: `npm run check:types` does that.
 *
 * @param {readonly string[]} sources
 * @throws {Error} that shows the place in a source that cannot be read
 */
const translate = (sources) => {
  /** @type {typeof import('esbuild')} */
  const esbuild = require('esbuild')
  const outdir = path.join(FOLDER, 'out')
  const { outputFiles } = esbuild.buildSync({
    ...options,
    entryPoints: sources.map((file) => path.join(ROOT, file)),
    absWorkingDir: ROOT,
    outbase: ROOT,
    outdir,
    sourcemap: 'external',
    write: false
  })
  /** @param {RegExp} ending */
  const textsBy = (ending) =>
    Object.fromEntries(
      outputFiles
        .filter((file) => ending.test(file.path))
        .map((file) => [path.relative(outdir, file.path).replace(ending, '.ts'), file.text])
    )

  return { code: textsBy(/\.js$/), maps: textsBy(/\.js\.map$/) }
}

/** @param {string} file which may be there or not, in a folder that may be there or not */
const remove = (file) => {
  try {
    fs.unlinkSync(file)
  } catch {
    // Nothing was written.
  }
}

/**
 * JSON without a character beyond ASCII, which is read as Latin-1 in a fifth of the time that UTF-8 takes.
 *
 * @param {object} value
 */
const asciiOf = (value) =>
  JSON.stringify(value).replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  )

/**
 * A start that reads while another one writes gets the old file or the new one. Where nothing can be written, as in a checkout
 * that is read-only, each start translates anew.
 *
 * @param {string} name
 * @param {object} value
 */
const store = (name, value) => {
  const written = path.join(FOLDER, `${name}.${process.pid}`)
  try {
    fs.mkdirSync(FOLDER, { recursive: true })
    fs.writeFileSync(written, asciiOf(value))
    fs.renameSync(written, path.join(FOLDER, name))
  } catch {
    remove(written)
  }
}

/**
 * @typedef {{ readonly tools: string, readonly states: Texts, readonly texts: Texts }} Stored what was made of sources in these states
 * @param {string} name
 * @param {string} tools
 * @returns {Stored} with nothing where nothing is stored that can be used
 */
const stored = (name, tools) => {
  try {
    const found = JSON.parse(fs.readFileSync(path.join(FOLDER, name), 'latin1'))
    if (found.tools === tools) return found
  } catch {
    // Not there, or not whole.
  }
  return { tools, states: {}, texts: {} }
}

/**
 * The texts of these sources: those that are given, over those that are stored of the same state.
 *
 * @param {Texts} states of the sources that are wanted
 * @param {Stored} before
 * @param {Texts} made
 * @returns {Texts} without the sources of which there is neither
 */
const merged = (states, before, made) =>
  Object.fromEntries(
    Object.keys(states).flatMap((file) => {
      const text = made[file] ?? (before.states[file] === states[file] ? before.texts[file] : undefined)
      return text === undefined ? [] : [[file, text]]
    })
  )

/** @param {string} file @param {string | undefined} state */
const isStill = (file, state) => {
  try {
    return stateOf(file) === state
  } catch {
    return false
  }
}

/**
 * The maps of sources in these states. What is stored may be of other states, where another process has compiled meanwhile, or be
 * missing; then the map is made again of a source that is still the same, and left out where it is not: the line of another text
 * would mislead.
 *
 * @param {string} tools
 * @param {Texts} states
 * @param {Texts} made by this process
 * @returns {Texts}
 */
const mapsOf = (tools, states, made) => {
  const maps = merged(states, stored('maps.json', tools), made)
  const lost = Object.keys(states).filter((file) => !(file in maps) && isStill(file, states[file]))

  return lost.length === 0 ? maps : { ...maps, ...translate(lost).maps }
}

/**
 * The sources as JavaScript. Those that have changed since the last time are translated.
 *
 * @returns {Program}
 * @throws {Error} that shows the place in a source that cannot be read
 */
const compile = () => {
  const sources = findSources()
  const [tools, states] = [stateOfTools(), statesOf(sources)]
  const known = stored('code.json', tools)
  const changed = sources.filter((file) => known.states[file] !== states[file])
  const isLess = Object.keys(known.states).length !== sources.length
  if (changed.length === 0 && !isLess) return { code: known.texts, maps: () => mapsOf(tools, states, {}) }
  const made = translate(changed)
  const code = merged(states, known, made.code)
  store('maps.json', { tools, states, texts: mapsOf(tools, states, made.maps) })
  store('code.json', { tools, states, texts: code })

  return { code, maps: () => mapsOf(tools, states, made.maps) }
}

/**
 * One source beside those of the program.
 *
 * @param {string} file
 */
const compileAlone = (file) => {
  /** @type {typeof import('esbuild')} */
  const esbuild = require('esbuild')
  const loader = /** @type {const} */ ('ts')

  return esbuild.transformSync(fs.readFileSync(file, 'utf8'), { ...options, loader, sourcefile: file }).code
}

module.exports = { ROOT, FOLDER, compile, compileAlone }
