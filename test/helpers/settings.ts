import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Settings } from '../../packages/rachis/src/declare/declarations'
import { validateSettings as validate } from '../../packages/rachis/src/settings/configuration'
import { schemaOf } from '../../packages/rachis/src/settings/declaration'
import { variablesOf } from '../../packages/rachis/src/settings/environment'
import type { Partly } from '../../packages/rachis/src/settings/merge'
import { merged } from '../../packages/rachis/src/settings/merge'
import { engineSettings } from '../../packages/rachis/src/settings/schema'
import { configuredApp as configured } from '../../packages/rachis/src/settings/settings'
import type { Module } from '../../packages/rachis/src/module'
import { modules } from '../../src/modules'
import { settings as own } from '../../src/settings'

/** The settings of the shipped application: the engine's, those of its modules and its own. */
const ofModules = modules.flatMap(({ settings }: Partial<Module>) => settings ?? [])
const declarations = [engineSettings, ...ofModules, own]
export const settingsSchema = schemaOf(declarations)
export const VARIABLES = variablesOf(
  path.join(__dirname, '../../config'),
  declarations.map(({ variables = {} }) => variables)
)

export const configuredApp = (config: Partly<Settings> = {}) =>
  configured({ declarations: [...ofModules, own], config })

export const validateSettings = (
  settings: Settings,
  environment?: string,
  variables?: Readonly<Record<string, string>>
) => validate(settings, { declarations, environment, variables })

const config = (environment: string): object =>
  JSON.parse(readFileSync(path.join(__dirname, `../../config/${environment}.json`), 'utf8')) as object

/** What holds where neither the environment nor another file of config/ says otherwise, and what production has instead. */
export const DEFAULTS = [...declarations.map(({ defaults = {} }) => defaults), config('default')].reduce((all, one) => merged(all, one), {}) // prettier-ignore
export const PRODUCTION = config('production')
