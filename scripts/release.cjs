// @ts-check
'use strict'

const fs = require('node:fs')
const path = require('node:path')

const ROOT = path.join(__dirname, '..')
const ENGINE = 'packages/rachis'
/** What runs: everything else of the checkout is for those who work on it. */
const PARTS = ['lib', 'config', `${ENGINE}/lib`, `${ENGINE}/reference`]
/** `npm ci` compares them with the lock file. */
const MANIFESTS = ['package-lock.json', `${ENGINE}/package.json`, 'packages/create-rachis/package.json']

/**
 * The manifest of the release, with the commands of who runs it. Its dependencies stay as they are: the lock file is made of them.
 *
 * @param {Record<string, unknown>} manifest
 */
const released = (manifest) => ({
  ...manifest,
  scripts: {
    start: 'exec node lib/ # 2>nul || node lib/',
    ...Object.fromEntries(
      ['check', 'migrate', 'import', 'export', 'backup', 'restore', 'backup:verify'].map((name) => [
        name,
        `node lib/cli.js ${name === 'migrate' ? 'migrate latest' : name.replace(':', '-')}`
      ])
    )
  }
})

/**
 * Copies what was compiled into a folder of its own, which runs wherever `npm ci --omit=dev` has run in it.
 *
 * @param {string} folder
 */
const release = (folder) => {
  fs.rmSync(folder, { recursive: true, force: true })
  for (const part of [...PARTS, ...MANIFESTS])
    fs.cpSync(path.join(ROOT, part), path.join(folder, part), { recursive: true })
  const manifest = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'))
  fs.writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(released(manifest), null, 2)}\n`)
}

module.exports = { release, released }

if (require.main === module) {
  const folder = path.resolve(process.argv[2] ?? path.join(ROOT, 'build'))
  release(folder)
  process.stdout.write(
    `The release is in ${path.relative(process.cwd(), folder) || '.'}: copy it, then npm ci --omit=dev and node lib/ there\n`
  )
}
