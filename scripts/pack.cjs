// @ts-check
'use strict'

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { buildClient } = require('./client.cjs')

const ROOT = path.join(__dirname, '..')
const PACKAGE = path.join(ROOT, 'packages/rachis')
/** By its path: what `bin` of the package names is no module that `require.resolve` finds. */
const TSC = path.join(path.dirname(require.resolve('@typescript/typescript7/package.json')), 'bin/tsc')

/**
 * The compiler tells its errors on standard output.
 *
 * @param {readonly string[]} args
 */
const tsc = (args) => {
  try {
    execFileSync(process.execPath, [TSC, ...args], { cwd: ROOT })
  } catch (error) {
    const { message, stdout } = /** @type {Error & { stdout?: Buffer }} */ (error)
    throw new Error(`${message}\n${stdout ?? ''}`)
  }
}

/**
 * Writes what npm would publish of the engine: the compiled package with its licence, as a tarball.
 *
 * @param {string} folder where the tarball is put
 * @returns {Promise<string>} its path
 */
const pack = async (folder) => {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'rachis-pack-'))
  const lib = path.join(copy, 'lib')
  try {
    fs.copyFileSync(path.join(PACKAGE, 'package.json'), path.join(copy, 'package.json'))
    fs.copyFileSync(path.join(ROOT, 'LICENSE'), path.join(copy, 'LICENSE'))
    fs.cpSync(path.join(PACKAGE, 'reference'), path.join(copy, 'reference'), { recursive: true })
    tsc(['-p', PACKAGE, '--outDir', lib])
    tsc(['-p', path.join(PACKAGE, 'tsconfig.migrations.json'), '--outDir', path.join(lib, 'migrations')])
    await buildClient(lib)
    const npm = ['pack', '--silent', '--pack-destination', path.resolve(folder)]
    const name = execFileSync('npm', npm, { cwd: copy, shell: process.platform === 'win32' })

    return path.join(folder, name.toString().trim())
  } finally {
    fs.rmSync(copy, { recursive: true, force: true })
  }
}

module.exports = { pack }
