import { snake } from '../../declare/verifiers/shared/name'
import * as language from '../../declare'
import type { AnyResource } from '../../declare'
import { verifiedModels } from '../../module-parts'
import { similar } from '../../util/similar'
import { allResources } from '../project'
import type { Project } from '../project'
import { declarationBody } from './declaration-text'
import type { Draft } from './draft'
import { constantOf, pathOf, UsageError } from './draft'

const isReserved = (word: string): boolean => {
  try {
    // As strict code, which modules are.
    new Function(`'use strict'; const ${word} = 0`)
    return false
  } catch {
    return true
  }
}

/** @throws {UsageError} where the name is not one that a declaration could have */
export const assertResourceName = (name: string, resources: readonly AnyResource[]): void => {
  if (!/^[a-z][a-z0-9_]*$/.test(name))
    throw new UsageError(
      `${name || 'An empty text'} is not the name of a resource.`,
      `Type its plural in snake_case, such as ${snake(name) || 'invoices'}`
    )
  if (isReserved(constantOf(name)))
    throw new UsageError(`${name} is a reserved word of JavaScript.`, `Type another name, such as ${name}_records or my_${name}`) // prettier-ignore
  const taken = resources.find((one) => one.name === name || one.spec.path === pathOf(name))
  if (taken)
    throw new UsageError(`There is a resource ${taken.name} already.`, `Type another name, or change its declaration by hand: it is listed by npm run routes -- ${pathOf(name)}`) // prettier-ignore
}

/** @throws {UsageError} where a field refers to a resource that there is not, or stands there twice */
const assertFields = ({ name, fields }: Draft, resources: readonly AnyResource[]): void => {
  const known = [...resources.filter(({ spec }) => spec.table !== false).map((one) => one.name), name]
  const twice = fields.find((field, index) => fields.findIndex((other) => other.name === field.name) !== index) // prettier-ignore
  if (twice) throw new UsageError(`The field ${twice.name} stands there twice.`, `Type ${twice.name} once.`)
  for (const { name: field, references } of fields) {
    if (references === undefined || known.includes(references)) continue
    const near = similar(references, known)
    throw new UsageError(`There is no resource ${references} that ${field} could belong to.`, `Type ${field}:belongsTo:${near ?? `… with one of ${known.join(', ')}`}`) // prettier-ignore
  }
}

/** The declaration that will be in the file: what is verified is what is written. */
export const evaluate = (draft: Draft): AnyResource => {
  const names = Object.keys(language).filter((name) => /^[$\w]+$/.test(name))
  const values = names.map((name) => language[name as keyof typeof language])

  return new Function(...names, declarationBody(draft))(...values) as AnyResource
}

/**
 * The declaration of a draft, verified beside all others.
 *
 * @throws {UsageError} for what the command line could say otherwise
 * @throws {DeclarationError} for everything else that the verifiers find
 */
export const checkedResource = async (project: Project, draft: Draft): Promise<AnyResource> => {
  const { resources: own, modules = [] } = await project.loadResources()
  const resources = await allResources(project)
  assertResourceName(draft.name, resources)
  assertFields(draft, resources)
  const resource = evaluate(draft)
  verifiedModels(modules, [...own, resource])

  return resource
}
