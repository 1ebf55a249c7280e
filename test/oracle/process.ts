import { serve } from 'rachis'
import { start } from 'rachis/start'
import { createApp } from '../../src/app'
import { resources } from '../../src/services/resources'
import { drawnBy } from './drawn'
import { SETTINGS } from './settings'

/** One process of a story, on the database that its parent has made and migrated. */
void start(async () => {
  const { ORACLE_DATABASE: url = '', ORACLE_SEED = '' } = process.env
  const config = { secret_key: `of-the-tests-only-${url}`, host: '127.0.0.1', database: { url }, ...SETTINGS }
  await serve(createApp({ config, resources: [...resources, ...drawnBy(Number(ORACLE_SEED))] }))
})
