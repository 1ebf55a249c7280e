import { start } from 'rachis/start'
import type * as Rachis from 'rachis'
import type * as App from './app'

void start(async () => {
  const { serve } = require('rachis') as typeof Rachis
  const { app } = require('./app') as typeof App
  await serve(app)
})
