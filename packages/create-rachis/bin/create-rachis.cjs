#!/usr/bin/env node
// @ts-check
'use strict'

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { applicationFiles, isPackageName, toPackageName, writeFiles } = require('./write-application.cjs')

/** @param {string} line */
const print = (line) => void process.stdout.write(`${line}\n`)

/** What is wrong with the command, and what to type instead. */
class UsageError extends Error {}

const OPTIONS = /** @type {const} */ ({
  engine: { type: 'string' },
  'no-install': { type: 'boolean', default: false }
})

const readArguments = () => {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true })
  } catch (error) {
    // Node adds how words are typed that begin with a dash, which none here does.
    const [message] = /** @type {Error} */ (error).message.split('. ')
    throw new UsageError(`${message}.\n  Type npm create rachis my-api`)
  }
}

/**
 * A folder that is not there yet, or is empty.
 *
 * @param {string | undefined} name
 */
const folderOf = (name) => {
  if (!name) throw new UsageError('The application has no name.\n  Type npm create rachis my-api')
  const base = path.basename(path.resolve(name))
  if (!isPackageName(base))
    throw new UsageError(
      `${base} is not a name of a package.\n  Type npm create rachis ${toPackageName(base)}`
    )
  const folder = path.resolve(name)
  if (fs.existsSync(folder) && fs.readdirSync(folder).length > 0)
    throw new UsageError(`The folder ${name} is not empty.\n  Type another name, or an empty folder.`)

  return folder
}

/** @param {string} folder */
const install = (folder) => {
  const npm = spawnSync('npm', ['install'], {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32'
  })
  if (npm.status !== 0) throw new UsageError('npm install failed.\n  Type npm install in the folder again.')
}

const main = () => {
  const { values, positionals } = readArguments()
  if (positionals.length > 1)
    throw new UsageError(
      `${positionals[1]} is a second name.\n  Type npm create rachis ${toPackageName(positionals.join('-'))}`
    )
  const folder = folderOf(positionals[0])
  const name = path.basename(folder)
  writeFiles(folder, applicationFiles({ name, engine: values.engine }))
  if (!values['no-install']) install(folder)
  print(`\n${name} is there. Next:\n  cd ${positionals[0]}${values['no-install'] ? '\n  npm install' : ''}`)
  print('  npm start                                     serves it, on PostgreSQL that comes along')
  print('  npm test                                      runs its tests')
  print('  npm run generate -- resource                  adds a resource')
}

try {
  main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
