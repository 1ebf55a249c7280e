import { check } from './check'
import { migrateCommand } from './migrate'
import type { Command, Project } from './project'

export type { Command, Project } from './project'

const COMMANDS: Readonly<Record<string, Command>> = { check, migrate: migrateCommand }

/**
 * Runs one command of a project.
 *
 * @example run({ root, load: () => import('./app'), loadResources: () => import('./services/resources') }, ['migrate', 'status'])
 */
export const run = (project: Project, [name = '', ...args]: readonly string[]): void => {
  const commands = { ...COMMANDS, ...project.commands }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  const unknown = () => {
    throw new Error(`Unknown command ${name}; there are ${Object.keys(commands).join(', ')}`)
  }
  Promise.resolve()
    .then(() => (command ?? unknown)(project, args))
    .catch((error: Error) => {
      process.stderr.write(`${error.message}\n`)
      process.exitCode = 1
    })
}
