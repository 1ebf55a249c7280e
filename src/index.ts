import { start } from 'rachis/start'

void start(async () => {
  const { serve } = await import('rachis')
  const { app } = await import('./app')
  const { demoLogins } = await import('./seed')
  await serve(app, async () => (app.get('seed_demo') ? demoLogins(app) : []))
})
