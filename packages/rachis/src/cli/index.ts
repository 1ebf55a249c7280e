import { startProblem } from '../start-problem'
import { accessCommand } from './access'
import { backupCommand } from './backup/backup'
import { restoreCommand } from './backup/restore'
import { verifyCommand } from './backup/verify'
import { check } from './check'
import { consoleCommand } from './console'
import { devCommand } from './dev'
import { explainCommand } from './explain'
import { exportCommand } from './export'
import { importCommand } from './import'
import { generateCommand } from './generate'
import { migrateCommand } from './migrate'
import { routesCommand } from './routes'
import type { Settings } from '../declare/declarations'
import type { Partly } from '../settings/merge'
import type { Command, Project } from './project'

export type { Command, Project } from './project'

const COMMANDS: Readonly<Record<string, Command>> = {
  check,
  migrate: migrateCommand,
  routes: routesCommand,
  access: accessCommand,
  explain: explainCommand,
  import: importCommand,
  export: exportCommand,
  generate: generateCommand,
  console: consoleCommand,
  backup: backupCommand,
  restore: restoreCommand,
  'backup-verify': verifyCommand,
  dev: devCommand
}

/** The command of a module, which gets what of the project modules are to know. */
const commandOfModule = async (project: Project, name: string): Promise<Command | undefined> => {
  const { modules = [] } = await project.loadResources()
  const command = modules.map(({ cli }) => cli?.[name]).find(Boolean)
  if (!command) return undefined
  const createApp = async (config?: Partly<Settings>) => (await project.load()).createApp({ config })

  return ({ root }, args) => command({ root, createApp }, args)
}

/** @throws {Error} that lists the commands there are */
const unknown = async (project: Project, name: string, known: readonly string[]): Promise<never> => {
  const { modules = [] } = await project.loadResources()
  const names = [...known, ...modules.flatMap(({ cli = {} }) => Object.keys(cli))]
  throw new Error(`Unknown command ${name}; there are ${names.join(', ')}`)
}

const execute = async (project: Project, name: string, args: readonly string[]): Promise<void> => {
  const commands = { ...COMMANDS, ...project.commands }
  const command = Object.hasOwn(commands, name) ? commands[name] : await commandOfModule(project, name)
  await (command ?? (() => unknown(project, name, Object.keys(commands))))(project, args)
}

/**
 * Runs one command of the engine, of the project or of one of its modules. What it throws is printed, and the process ends with 1.
 *
 * @example run({ root, load: () => import('./app'), loadResources: () => import('./services/resources') }, ['migrate', 'status'])
 */
export const run = (project: Project, [name = '', ...args]: readonly string[]): Promise<void> =>
  execute(project, name, args).catch((error: Error) => {
    process.stderr.write(`${startProblem(error)}\n`)
    process.exitCode = 1
  })
