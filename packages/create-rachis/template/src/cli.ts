import path from 'path'
import { run } from 'rachis/cli'

void run(
  {
    root: path.join(__dirname, '..'),
    load: () => import('./app'),
    loadResources: async () => ({
      ...(await import('./services/resources')),
      ...(await import('./modules'))
    })
  },
  process.argv.slice(2)
)
