import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Module } from '../../packages/rachis/src/module'
import { modules } from '../../src/modules'
import { resources as own } from '../../src/services/resources'

/** What the modules of the shipped application declare. */
export const ofModules: readonly AnyResource[] = modules.flatMap(
  ({ resources: theirs }: Partial<Module>) => theirs ?? []
)

/** Every declaration of the shipped application: those of its modules, then its own. */
export const resources: readonly AnyResource[] = [...ofModules, ...own]
