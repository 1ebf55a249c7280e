// @ts-check
'use strict'

const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')

/**
 * Pages that are bundled together.
 *
 * @typedef {{
 *   readonly folder: string
 *   readonly pages: Readonly<Record<string, string>>
 *   readonly sources: readonly string[]
 * }} Site `folder` has a folder with a `main` for each of `pages`, which have their titles; `sources` are files and folders besides that bundles are made of
 */

/** @param {string} place a file or a folder @returns {string[]} */
const filesIn = (place) =>
  fs.statSync(place).isDirectory()
    ? fs.readdirSync(place).flatMap((name) => filesIn(path.join(place, name)))
    : [place]

/**
 * Other where a source, or what it is bundled with, is another.
 *
 * @param {Site} site
 */
const stateOf = ({ folder, sources }) => {
  const files = [folder, __filename, ...sources].flatMap(filesIn).sort()
  const hash = createHash('sha256')
  for (const file of files) hash.update(file).update(fs.readFileSync(file))

  return hash.digest('hex').slice(0, 16)
}

/**
 * @param {string} title
 * @param {string} at the path of the page
 * @param {readonly string[]} files
 */
const html = (title, at, files) => {
  const style = files.find((name) => /^main-.*\.css$/.test(name))
  const script = files.find((name) => /^main-.*\.js$/.test(name))

  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${title}</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="${at}${style}" />
    <script type="module" src="${at}${script}"></script>
  </head>
  <body>
    <div id="root"></div>
    <noscript>This page needs JavaScript.</noscript>
  </body>
</html>
`
}

/**
 * Bundles one page: parts that are not shown at first are files of their own, loaded when they are needed.
 *
 * @param {Site} site
 * @param {string} name
 * @param {string} outdir
 */
const buildPage = async ({ folder, pages }, name, outdir) => {
  const esbuild = require('esbuild')
  const { metafile } = await esbuild.build({
    entryPoints: [path.join(folder, name, 'main')],
    outdir,
    bundle: true,
    splitting: true,
    minify: true,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    conditions: ['source'],
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    define: { 'process.env.NODE_ENV': '"production"' },
    legalComments: 'none',
    logLevel: 'warning'
  })
  const files = Object.keys(metafile.outputs).map((file) => path.basename(file))
  fs.writeFileSync(path.join(outdir, 'index.html'), html(pages[name] ?? name, `/${name}/`, files))
}

/**
 * Bundles every page into a folder of its own.
 *
 * @param {Site} site
 * @param {string} target
 */
const build = async (site, target) => {
  for (const name of Object.keys(site.pages)) await buildPage(site, name, path.join(target, name))
}

/**
 * The same, unless a bundle of the same sources is there. Two processes may do it at once: each writes aside, and the first one's stays.
 *
 * @param {Site} site
 * @param {string} target
 * @returns {Promise<string>} the folder of the bundle
 */
const buildInto = async (site, target) => {
  const done = path.join(target, stateOf(site))
  if (fs.existsSync(done)) return done
  const aside = `${done}.${process.pid}`
  await build(site, aside)
  try {
    fs.renameSync(aside, done)
  } catch (error) {
    if (!fs.existsSync(done)) throw error
    fs.rmSync(aside, { recursive: true, force: true })
  }

  return done
}

module.exports = { build, buildInto }
