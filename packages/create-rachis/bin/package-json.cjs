// @ts-check
'use strict'

const FEATHERS = '^5.0.50'
const RUN = 'node --import=tsx'
const CLI = `${RUN} src/cli.ts`

/** Those of the engine itself, and of this package, have one version. */
const ENGINE = `^${require('../package.json').version}`

const SCRIPTS = {
  // The shell makes way for the server, which npm's signals then reach; cmd.exe has no exec and runs what stands behind it.
  start: `exec ${RUN} src/index.ts # 2>nul || ${RUN} src/index.ts`,
  dev: `exec ${CLI} dev # 2>nul || ${CLI} dev`,
  // Quotes of this kind are those of every shell. The files stand here and not in .mocharc.cjs, where they would be added to each file that is typed.
  test: 'cross-env NODE_ENV=test mocha "test/**/*.test.ts"',
  compile: 'tsc && tsc -p tsconfig.migrations.json',
  'check:types': 'tsc --noEmit -p tsconfig.check.json',
  format: 'prettier --write .',
  lint: 'prettier --check .',
  ...Object.fromEntries(
    [
      'check',
      'routes',
      'access',
      'explain',
      'import',
      'export',
      'generate',
      'console',
      'backup',
      'restore'
    ].map((command) => [command, `${CLI} ${command}`])
  ),
  'backup:verify': `${CLI} backup-verify`,
  migrate: `${CLI} migrate latest`,
  'migrate:make': `${CLI} migrate make`,
  'migrate:status': `${CLI} migrate status`,
  'migrate:rollback': `${CLI} migrate rollback`
}

/** What it is developed with. */
const TOOLS = {
  '@feathersjs/cli': FEATHERS,
  '@types/mocha': '^10.0.10',
  '@types/node': '^20.19.43',
  'cross-env': '^10.1.0',
  'fast-check': '^4.10.2',
  mocha: '^12.0.3',
  prettier: '^3.10.1',
  typescript: '^7.0.2'
}

/**
 * The manifest of a new application. `feathers` and `directories` are what the Feathers CLI reads.
 *
 * @param {string} name
 * @param {string} [engine] where the engine comes from, such as a tarball: `file:../rachis-0.1.0.tgz`
 */
const packageJson = (name, engine = ENGINE) => ({
  name,
  version: '0.0.0',
  private: true,
  main: 'lib/',
  engines: { node: '^20.19.0 || ^22.13.0 || >=24' },
  feathers: {
    language: 'ts',
    packager: 'npm',
    database: 'postgresql',
    framework: 'koa',
    transports: ['rest', 'websockets'],
    schema: 'typebox'
  },
  directories: { lib: 'src', test: 'test' },
  scripts: SCRIPTS,
  dependencies: {
    '@feathersjs/feathers': FEATHERS,
    '@feathersjs/knex': FEATHERS,
    '@feathersjs/schema': FEATHERS,
    '@feathersjs/typebox': FEATHERS,
    knex: '^3.3.0',
    rachis: engine,
    tsx: '^4.23.15'
  },
  devDependencies: TOOLS
})

module.exports = { packageJson }
