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
 * By hand, since `recursive` of Node 20 takes 20 ms for it.
 *
 * @param {string} folder
 * @returns {string[]}
 */
const sourcesIn = (folder) =>
  fs.readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const place = path.join(folder, entry.name)
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
 * Other for other sources. A file that is written anew has another time of change (ctime) even where its text came with an old
 * time of its own, as from an archive.
 *
 * @param {readonly string[]} sources
 */
const stateOf = (sources) =>
  [...sources, 'tsconfig.json', __filename, require.resolve('esbuild/package.json')]
    .map((file) => {
      const { size, mtimeMs, ctimeMs } = fs.statSync(path.resolve(ROOT, file))
      return `${file} ${size} ${mtimeMs} ${ctimeMs}`
    })
    .join('\n')

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
    fs.writeFileSync(written, JSON.stringify(value))
    fs.renameSync(written, path.join(FOLDER, name))
  } catch {
    remove(written)
  }
}

/**
 * What was stored for sources in this state.
 *
 * @param {string} name
 * @param {string} state
 * @returns {Texts | undefined}
 */
const stored = (name, state) => {
  try {
    const found = JSON.parse(fs.readFileSync(path.join(FOLDER, name), 'utf8'))
    return found.state === state ? found.texts : undefined
  } catch {
    return undefined
  }
}

/**
 * The sources as JavaScript, translated where one of them has changed since the last time.
 *
 * @returns {Program}
 * @throws {Error} that shows the place in a source that cannot be read
 */
const compile = () => {
  const sources = findSources()
  const state = stateOf(sources)
  const code = stored('code.json', state)
  if (code) return { code, maps: () => stored('maps.json', state) ?? {} }
  const made = translate(sources)
  store('maps.json', { state, texts: made.maps })
  store('code.json', { state, texts: made.code })

  return { code: made.code, maps: () => made.maps }
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
