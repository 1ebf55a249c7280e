import type { AppOptions } from '../create-app'
import type { AnyResource } from '../declare'
import type { Application } from '../declare/declarations'

/** What the commands know of a project. Modules are loaded by the commands that need them. */
export interface Project {
  /** Its folder, which holds config/ and migrations/. */
  readonly root: string
  readonly load: () => Promise<{
    readonly app: Application
    readonly createApp: (options?: Partial<AppOptions>) => Application
  }>
  readonly loadResources: () => Promise<{ readonly resources: readonly AnyResource[] }>
  /** The project's own commands, by name. */
  readonly commands?: Readonly<Record<string, Command>>
}
/** Runs with the words behind its name; what it throws is printed, and the process ends with 1. */
export type Command = (project: Project, args: readonly string[]) => void | Promise<void>
