import path from 'path'
import { run } from 'rachis/cli'
import { seedCommand } from './demo-seed'

void run(
  {
    root: path.join(__dirname, '..'),
    load: () => import('./app'),
    loadResources: async () => ({
      ...(await import('./services/resources')),
      ...(await import('./modules'))
    }),
    commands: { seed: seedCommand }
  },
  process.argv.slice(2)
)
