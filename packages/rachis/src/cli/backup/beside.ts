import type { Application } from '../../declare/declarations'
import type { Module } from '../../module'
import type { BackupDatabase, BackupReport, ModuleBackup } from '../../util/module-backup'
import { print } from '../print'
import { progressOn } from '../progress'

/** What a module keeps beside the database. */
export interface Beside {
  /** Of the module. */
  readonly name: string
  readonly backup: ModuleBackup
}

export const besides = (modules: readonly Module[], app: Application): Beside[] =>
  modules.flatMap(({ name, backup }) => (backup ? [{ name, backup: backup(app) }] : []))

/** Options of the commands that name another folder: `--files /backups/files`. */
export const folderOptions = (modules: readonly Module[]) =>
  Object.fromEntries(modules.filter(({ backup }) => backup).map(({ name }) => [name, { type: 'string' as const }])) // prettier-ignore

/** In place of a folder: `--files none`. */
const NONE = 'none'

type Values = Readonly<Record<string, unknown>>

/** Beside the dump, unless one is named, which several backups may share. */
export const folderBeside = (file: string, name: string, values: Values): string =>
  (values[name] as string | undefined) ?? `${file}.${name}`

const label = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)

const SHOWN = 5
const listed = (ids: readonly string[]) =>
  ids.slice(0, SHOWN).join(', ') + (ids.length > SHOWN ? ` and ${ids.length - SHOWN} more` : '')

/** What is wrong ends the process with 1; what was done is done. */
export const tellOf = (name: string, done: string, { total, copied, missing, broken }: BackupReport, folder: string) => {
  print(`${label(name)}: ${total} ${done} ${folder}${copied > 0 ? `, ${copied} of them new` : ''}.`)
  if (missing.length > 0) print(`${label(name)} that are not there: ${listed(missing)}`)
  if (broken.length > 0) print(`${label(name)} whose content is not what the database says: ${listed(broken)}`)
  if (missing.length + broken.length > 0) process.exitCode = 1
} // prettier-ignore

interface Work {
  readonly kind: 'save' | 'restore' | 'verify'
  readonly file: string
  readonly values: Values
  readonly database: BackupDatabase
}

/** Does the same for everything that is kept beside the database. */
export const withBesides = async (
  beside: readonly Beside[],
  { kind, file, values, database }: Work,
  told?: (name: string, report: BackupReport, folder: string) => void
): Promise<void> => {
  for (const { name, backup } of beside) {
    if (backup.elsewhere !== undefined) {
      if (told) print(backup.elsewhere)
      continue
    }
    if (values[name] === NONE) {
      if (told) print(`${label(name)}: left out.`)
      continue
    }
    const folder = folderBeside(file, name, values)
    let progress: ReturnType<typeof progressOn> | undefined
    const onProgress = (done: number, total: number) => {
      progress ??= progressOn(process.stderr, label(name), total)
      progress.update(done)
    }
    const report = await backup[kind](folder, database, onProgress)
    progress?.stop()
    told?.(name, report, folder)
  }
}
