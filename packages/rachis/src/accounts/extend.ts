import type { TProperties, TSchema } from '@feathersjs/typebox'
import type { AnyFieldAccess, AnyResource, AnyRule } from '../declare'
import { clausesOf, fieldsOf, oneOf, withDefault } from '../declare'
import type { Module } from '../module'
import { byRole, ROLES, users } from './resources/users/users'

/** What an application adds to the users of accounts. */
export interface AccountsExtension {
  /** Further roles, besides admin, manager and user. `declare module 'rachis' { interface Roles … }` makes them known to rules. */
  readonly roles?: readonly string[]
  /** Further fields of users. Each is nullable or has a default, since whoever registers is not asked for it. */
  readonly fields?: TProperties
  /** Who may read and write these fields, and those of accounts, where that is not as for the user's names. */
  readonly access?: Readonly<Record<string, AnyFieldAccess>>
  /** Who may read users besides themselves and administrators. What not all of them are to see, such as `email`, `access` says. */
  readonly read?: AnyRule
}

const anyOf = (...rules: readonly (AnyRule | undefined)[]): AnyRule =>
  rules.includes(true) ? true : rules.flatMap((rule) => clausesOf(rule))

/** @throws {Error} for a field that there is already, and for one that registering would have to ask for */
const verifyFields = (own: readonly string[], extended: AnyResource, fields: TProperties): void => {
  for (const name of Object.keys(fields))
    if (own.includes(name))
      throw new Error(`users.${name} is a field of accounts already; choose another name`)
  const added = fieldsOf(extended).filter(({ name }) => Object.hasOwn(fields, name))
  const asked = added.find(({ nullable, default: value, computed }) => !nullable && value === undefined && !computed) // prettier-ignore
  if (asked)
    throw new Error(`users.${asked.name} is required, and nobody is asked for it who registers; write nullable(…) or withDefault(…)`) // prettier-ignore
}

const extendUsers = ({ roles = [], fields = {}, access = {}, read }: AccountsExtension): AnyResource => {
  const { name, spec } = users as AnyResource
  const all = [...ROLES, ...roles]
  const role: TSchema = withDefault(oneOf(...all), 'user')
  const extended: AnyResource = {
    name,
    spec: {
      ...spec,
      fields: { ...spec.fields, role, ...fields },
      access: {
        ...spec.access,
        read: anyOf(spec.access.read, read),
        fields: { ...spec.access.fields, ...access }
      },
      reports: { by_role: { ...spec.reports!.by_role!, input: byRole(all) } }
    }
  }
  verifyFields(
    fieldsOf(users as AnyResource).map((field) => field.name),
    extended,
    fields
  )

  return extended
}

/** The module `accounts` with further roles and fields of users. */
export const extend = (base: Module, extension: AccountsExtension): Module => {
  const extended = extendUsers(extension)
  const resources = (base.resources ?? []).map((resource) => (resource.name === extended.name ? extended : resource)) // prettier-ignore

  return { ...base, base, resources }
}
