// @ts-check
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { packageJson } = require('./package-json.cjs')

const TEMPLATE = path.join(__dirname, '../template')
/** npm leaves files of these names out of packages. */
const RENAMED = new Map([
  ['_gitignore', '.gitignore'],
  ['_dockerignore', '.dockerignore']
])

/**
 * Every file of the template, by its place in an application.
 *
 * @param {string} [folder]
 * @returns {readonly (readonly [place: string, text: string])[]}
 */
const readTemplate = (folder = '') =>
  fs.readdirSync(path.join(TEMPLATE, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return readTemplate(path.join(folder, entry.name))
    const text = fs.readFileSync(path.join(TEMPLATE, folder, entry.name), 'utf8')
    return [[path.join(folder, RENAMED.get(entry.name) ?? entry.name), text]]
  })

/**
 * The files of a new application, which `npm create rachis` and, in the repository of Rachis, `npm run demo:remove` write.
 *
 * @param {{ name: string, engine?: string }} application `engine` is where the engine comes from, such as `file:rachis-0.1.0.tgz`
 * @returns {ReadonlyMap<string, string>} their texts by their places
 */
const applicationFiles = ({ name, engine }) => {
  const manifest = `${JSON.stringify(packageJson(name, engine), null, 2)}\n`
  const texts = readTemplate().map(([place, text]) => /** @type {const} */ ([place, text.replaceAll('{{name}}', name)])) // prettier-ignore

  return new Map([...texts, ['package.json', manifest]])
}

/**
 * @param {string} folder
 * @param {ReadonlyMap<string, string>} files
 */
const writeFiles = (folder, files) => {
  for (const [place, text] of files) {
    fs.mkdirSync(path.dirname(path.join(folder, place)), { recursive: true })
    fs.writeFileSync(path.join(folder, place), text)
  }
}

/** @param {string} name */
const isPackageName = (name) =>
  /^[a-z0-9][a-z0-9._-]{0,213}$/.test(name) && !['node_modules', 'favicon.ico'].includes(name)
/** What to type instead of a name that is none: letters without their accents. @param {string} name */
const toPackageName = (name) =>
  name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60) || 'my-api'

module.exports = { applicationFiles, writeFiles, isPackageName, toPackageName }
