import type { AppOptions } from '../create-app'
import type { AnyResource } from '../declare'
import type { Application } from '../declare/declarations'
import type { Model } from '../model/model'
import { verifiedModels as verified } from '../module-parts'
import type { Module } from '../module'

/** What the commands know of a project. Modules are loaded by the commands that need them. */
export interface Project {
  /** Its folder, which holds config/ and migrations/. */
  readonly root: string
  readonly load: () => Promise<{
    readonly app: Application
    readonly createApp: (options?: Partial<AppOptions>) => Application
  }>
  /** What the application declares, and the modules that it is built on. */
  readonly loadResources: () => Promise<{
    readonly resources: readonly AnyResource[]
    readonly modules?: readonly Module[]
  }>
  /** The project's own commands, by name. */
  readonly commands?: Readonly<Record<string, Command>>
}
/** Every declaration of a project: those of its modules, then its own. */
export const allResources = async ({ loadResources }: Project): Promise<readonly AnyResource[]> => {
  const { resources, modules = [] } = await loadResources()

  return [...modules.flatMap((module) => module.resources ?? []), ...resources]
}

/**
 * The models of every declaration of a project, verified.
 *
 * @throws {DeclarationError} with all problems of all declarations
 */
export const verifiedModels = async (project: Project): Promise<readonly Model[]> => {
  const { resources, modules = [] } = await project.loadResources()

  return verified(modules, resources)
}

/** Runs with the words behind its name; what it throws is printed, and the process ends with 1. */
export type Command = (project: Project, args: readonly string[]) => void | Promise<void>
