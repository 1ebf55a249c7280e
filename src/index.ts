import { start } from 'rachis/start'
import type * as Rachis from 'rachis'
import type * as App from './app'
import type * as Seed from './seed'

void start(async () => {
  const { serve } = require('rachis') as typeof Rachis
  const { app } = require('./app') as typeof App
  const { demoLogins } = require('./seed') as typeof Seed
  await serve(app, async () => (app.get('seed_demo') ? demoLogins(app) : []))
})
