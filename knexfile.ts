import path from 'path'
import type { Knex } from 'knex'
import { connectFromSettings } from './packages/rachis/src/cli/database'
import { migrationSource } from './packages/rachis/src/database/migration-source'
import { migrationFolders } from './packages/rachis/src/module-parts'
import { modules } from './src/modules'

// For Knex' own command line, with the settings and the migrations of the application:
// node --import=tsx node_modules/knex/bin/cli.js migrate:list
// `npm run migrate` and the start of the server do the same under a lock, so that two processes never migrate at once.
const config: Knex.Config = {
  client: 'pg',
  connection: connectFromSettings({}, __dirname).config as Knex.ConnectionConfigProvider,
  pool: { min: 0, max: 2 },
  migrations: {
    migrationSource: migrationSource(migrationFolders(modules, path.join(__dirname, 'migrations')))
  }
}

module.exports = config
