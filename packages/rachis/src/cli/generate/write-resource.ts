import { spawnSync } from 'child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'fs'
import path from 'path'
import { PREFIX } from '../../model/prefix'
import { print } from '../print'
import type { Project } from '../project'
import { declarationText } from './declaration-text'
import type { Draft } from './draft'
import { pathOf } from './draft'
import { assertFree, filesOf, formatted, registered } from './project-files'
import { importPath, testText } from './test-text'

/** This program with other words: what was written is read anew by a process of its own. */
export const runCommand = (root: string, args: readonly string[]): { code: number; output: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...process.execArgv, process.argv[1]!, ...args], { cwd: root, encoding: 'utf8' }) // prettier-ignore
  return { code: status ?? 1, output: `${stdout}${stderr}`.trim() }
}

/** A file from the project's folder, what will be in it, and what is said of it. */
interface Written {
  readonly file: string
  readonly text: string
  readonly said: string
}

/**
 * The declaration, its place in the list, and its test, before any of them is written.
 *
 * @param replaced files that will have been removed by then
 * @throws {UsageError} where one of them cannot be written
 */
export const renderDeclaration = async ({ root }: Project, draft: Draft, replaced: readonly string[] = []): Promise<Written[]> => {
  const { declaration, test, registration, app } = filesOf(root, draft.name)
  assertFree(root, [declaration, test].filter((file) => !replaced.includes(file)))
  const list = registered(readFileSync(path.join(root, registration), 'utf8'), draft.name)
  const files = [
    { file: declaration, text: declarationText(draft), said: `Wrote ${declaration}` },
    { file: test, text: testText(draft, importPath(test, app)), said: `Wrote ${test}` },
    { file: registration, text: list, said: `Added it to ${registration}` }
  ]

  return Promise.all(files.map(async (one) => ({ ...one, text: await formatted(root, one.file, one.text) })))
} // prettier-ignore

export const writeFiles = ({ root }: Project, files: readonly Written[]): void => {
  for (const { file, text, said } of files) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
    writeFileSync(path.join(root, file), text)
    print(said)
  }
}

/** The migration, by the command that writes every other one. */
export const writeMigration = (project: Project, name: string): void => {
  const { code, output } = runCommand(project.root, ['migrate', 'make', name])
  print(output)
  if (code !== 0) process.exitCode = code
}

/** What whoever ran the command does now. */
export const printNext = ({ root }: Project, draft: Draft): void => {
  const { declaration, test, access } = filesOf(root, draft.name)
  const steps = [
    ['Read', `${declaration}, its rules above all, and the migration.`],
    ['Try', `npm start applies the migration and serves ${PREFIX}/${pathOf(draft.name)}; npm run routes -- ${pathOf(draft.name)} lists how it is called.`], // prettier-ignore
    ['Test', `npx cross-env NODE_ENV=test mocha ${test}`],
    ...(existsSync(path.join(root, access))
      ? [['Keep', 'npm run access -- --save writes the new rights into access.txt, for whoever reviews the change.']] // prettier-ignore
      : [])
  ]
  print(['', 'Next:', ...steps.map(([verb, what]) => `  ${verb!.padEnd(5)} ${what}`)].join('\n'))
}
