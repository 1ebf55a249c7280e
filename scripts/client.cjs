// @ts-check
'use strict'

const path = require('node:path')
const esbuild = require('esbuild')

const SOURCE = path.join(__dirname, '../packages/rachis/src/client')
/** The client and its adapters: each an entry of the package. What they import is for the page to bring. */
const ENTRIES = ['index', 'feathers', 'react', 'tanstack-query', 'tanstack-db', 'upload/upload']

/**
 * What is imported when it is needed first is a module of its own, beside the one that imports it: a bundler of a page makes a file of it.
 *
 * @type {import('esbuild').Plugin}
 */
const later = {
  name: 'later',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\// }, ({ path: name, kind }) =>
      kind === 'dynamic-import' ? { path: `${name}.mjs`, external: true } : undefined
    )
}

/**
 * Writes the client as modules (ESM) that browsers and bundlers read, beside the CommonJS and the types that tsc has written.
 *
 * @param {string} lib the folder of the compiled engine
 */
const buildClient = (lib) =>
  esbuild.build({
    entryPoints: ENTRIES.map((name) => path.join(SOURCE, `${name}.ts`)),
    outbase: SOURCE,
    outdir: path.join(lib, 'client'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    packages: 'external',
    platform: 'neutral',
    plugins: [later],
    target: 'es2022',
    logLevel: 'warning'
  })

module.exports = { buildClient, ENTRIES, SOURCE }

if (require.main === module)
  void buildClient(process.argv[2] ?? path.join(__dirname, '../packages/rachis/lib'))
