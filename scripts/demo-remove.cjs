// @ts-check
'use strict'

// Takes the demonstration out of a checkout: `npm run demo:remove` leaves what `npm create rachis` writes, by the same code, and the
// engine as a package in the checkout, since it is not in the registry.

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { parseArgs } = require('node:util')
const {
  applicationFiles,
  isPackageName,
  toPackageName,
  writeFiles
} = require('../packages/create-rachis/bin/write-application.cjs')

const ROOT = path.join(__dirname, '..')
/** Where the embedded database is, and where that of the demonstration is put. */
const DATA = path.join(ROOT, '.data')
const BEFORE = 'before-demo-remove'

/** What is in the way, and what to type instead. */
class UsageError extends Error {}

const OPTIONS = /** @type {const} */ ({
  name: { type: 'string' },
  engine: { type: 'string' },
  force: { type: 'boolean', default: false }
})

const readArguments = () => {
  try {
    const { values } = parseArgs({ options: OPTIONS })
    const name = values.name ?? toPackageName(path.basename(ROOT))
    if (!isPackageName(name))
      throw new Error(`${name} is not a name of a package: type --name ${toPackageName(name)}`)
    return { ...values, name }
  } catch (error) {
    throw new UsageError(
      `${/** @type {Error} */ (error).message}\n  Type npm run demo:remove -- [--name my-api] [--engine ^0.1.0] [--force]`
    )
  }
}

/** @param {readonly string[]} args */
const git = (args) =>
  execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })

/** The files that git keeps. @throws {UsageError} where this is no checkout: nothing could bring them back. */
const trackedFiles = () => {
  try {
    return git(['ls-files', '-z', '--', '.']).split('\0').filter(Boolean)
  } catch {
    throw new UsageError(
      'This folder is not a checkout of git, which could bring the removed files back.\n  Type git init && git add -A && git commit -m demo'
    )
  }
}

/** @throws {UsageError} that names what would be lost */
const assertCommitted = () => {
  const changes = git(['status', '--porcelain', '--', '.']).split('\n').filter(Boolean)
  if (changes.length === 0) return
  const shown = changes.slice(0, 10).map((line) => `  ${line}`)
  const more = changes.length > shown.length ? [`  … and ${changes.length - shown.length} more`] : []
  throw new UsageError(
    ['There are changes that are not committed:', ...shown, ...more, 'Commit them, or type --force'].join(
      '\n'
    )
  )
}

/** Folders in `.data`: of the server, and of tests. */
const dataFolders = () => (fs.existsSync(DATA) ? fs.readdirSync(DATA).filter((name) => name !== BEFORE) : [])

/** @throws {UsageError} where a server may run on data that would be moved away */
const assertStopped = () => {
  const running = dataFolders().find((name) => fs.existsSync(path.join(DATA, name, 'postmaster.pid')))
  if (running)
    throw new UsageError(
      `A server runs on .data/${running}.\n  Stop it, or type --force where it has ended otherwise`
    )
}

/** The tables of the demonstration would stop the start of an application that has no migrations of theirs. */
const moveData = () => {
  const names = dataFolders()
  for (const name of names) {
    fs.mkdirSync(path.join(DATA, BEFORE), { recursive: true })
    fs.renameSync(path.join(DATA, name), path.join(DATA, BEFORE, name))
  }

  return names.length
}

/**
 * Removes files, and the folders that they leave empty.
 *
 * @param {readonly string[]} files
 */
const removeFiles = (files) => {
  for (const file of files) fs.rmSync(path.join(ROOT, file), { force: true })
  const folders = new Set(files.flatMap((file) => parentsOf(path.dirname(file))))
  for (const folder of [...folders].sort((a, b) => b.length - a.length)) {
    const place = path.join(ROOT, folder)
    if (fs.existsSync(place) && fs.readdirSync(place).length === 0) fs.rmdirSync(place)
  }
}

/** @param {string} folder @returns {string[]} */
const parentsOf = (folder) => (folder === '.' ? [] : [folder, ...parentsOf(path.dirname(folder))])

const packEngine = async () => {
  const { pack } = require('./pack.cjs')
  return path.basename(await pack(ROOT))
}

/** How many files are removed of each folder at the top. @param {readonly string[]} files */
const countByFolder = (files) => {
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const file of files) {
    const top = file.includes('/') ? `${file.split('/')[0]}/` : file
    counts.set(top, (counts.get(top) ?? 0) + 1)
  }

  return [...counts].map(([name, count]) => (name.endsWith('/') ? `${name} (${count} files)` : name))
}

/** @param {string} line */
const print = (line) => void process.stdout.write(`${line}\n`)

const main = async () => {
  const { name, engine, force } = readArguments()
  const files = trackedFiles()
  if (!force) assertCommitted()
  if (!force) assertStopped()
  const commit = git(['rev-parse', '--short', 'HEAD']).trim()
  // Before anything is removed: the compiler may fail, and the template goes with the rest.
  const tarball = engine ? undefined : await packEngine()
  const application = applicationFiles({ name, engine: engine ?? `file:${tarball}` })
  removeFiles(files)
  const moved = moveData()
  writeFiles(ROOT, application)
  print(`Removed: ${countByFolder(files).join(', ')}.`)
  print(
    `Written: ${name}, as npm create rachis writes it${tarball ? `, with the engine in ${tarball}` : ''}.`
  )
  if (moved > 0) print(`Moved: the data of the demonstration, to .data/${BEFORE}.`)
  print(`The commit ${commit} has what was here before. Next: npm install, npm test, npm start`)
}

main().catch((error) => {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
