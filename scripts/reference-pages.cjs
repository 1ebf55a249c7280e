// @ts-check
'use strict'

// `node scripts/reference-pages.cjs` puts the bundles of ReDoc, Scalar and GraphiQL into the engine, from the packages of these versions.
// As dependencies they would bring 400 packages and 480 MB for a few files.

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const FOLDER = path.join(__dirname, '../packages/rachis/reference')
/** A package with the files that are taken from it, by the names that they have here. */
const PACKAGES = /** @type {{ name: string, files: Record<string, string> }[]} */ ([
  {
    name: 'redoc@2.5.4',
    files: {
      'bundles/redoc.standalone.js': 'redoc.standalone.js',
      'bundles/redoc.standalone.js.LICENSE.txt': 'redoc.standalone.js.LICENSE.txt',
      LICENSE: 'redoc.LICENSE'
    }
  },
  {
    name: '@scalar/api-reference@1.46.4',
    files: { 'dist/browser/standalone.js': 'scalar.standalone.js' }
  }
])

/** What GraphiQL is bundled of: it comes without a bundle, and its editor works in scripts of their own. */
const GRAPHIQL = [
  'graphiql@5.4.0',
  '@graphiql/toolkit@0.12.1',
  'graphql@16.15.0',
  'graphql-ws@6.4.2',
  'react@19.3.1',
  'react-dom@19.3.1'
]
const WORKERS = {
  'editor.worker': 'monaco-editor/esm/vs/editor/editor.worker.js',
  'json.worker': 'monaco-editor/esm/vs/language/json/json.worker.js',
  'graphql.worker': 'monaco-graphql/esm/graphql.worker.js'
}

/** @param {(folder: string, npm: (...args: string[]) => string) => void} work in a folder that is removed behind it */
const inFolder = (work) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'reference-'))
  work(folder, (...args) =>
    execFileSync('npm', args, { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' })
  )
  fs.rmSync(folder, { recursive: true })
}

/** @param {{ name: string, files: Record<string, string> }} wanted */
const take = ({ name, files }) =>
  inFolder((folder, npm) => {
    const tarball = npm('pack', name, '--silent').trim()
    execFileSync('tar', ['-xzf', tarball], { cwd: folder })
    for (const [file, target] of Object.entries(files))
      fs.copyFileSync(path.join(folder, 'package', file), path.join(FOLDER, target))
  })

const bundleGraphiql = () =>
  inFolder((folder, npm) => {
    npm('init', '--yes')
    npm('install', '--no-audit', '--no-fund', '--ignore-scripts', ...GRAPHIQL)
    fs.copyFileSync(path.join(__dirname, 'graphiql/main.jsx'), path.join(folder, 'main.jsx'))
    require('esbuild').buildSync({
      absWorkingDir: folder,
      entryPoints: { main: './main.jsx', ...WORKERS },
      outdir: path.join(FOLDER, 'graphiql'),
      bundle: true,
      minify: true,
      target: 'es2022',
      jsx: 'automatic',
      define: { 'process.env.NODE_ENV': '"production"' },
      loader: { '.ttf': 'file' },
      assetNames: '[name]',
      legalComments: 'eof'
    })
    fs.copyFileSync(path.join(__dirname, 'graphiql/index.html'), path.join(FOLDER, 'graphiql/index.html'))
    fs.copyFileSync(path.join(folder, 'node_modules/graphiql/LICENSE'), path.join(FOLDER, 'graphiql/LICENSE'))
  })

fs.mkdirSync(FOLDER, { recursive: true })
for (const wanted of PACKAGES) take(wanted)
bundleGraphiql()
