import { createContext, useContext } from 'react'
import type {
  DescribedField,
  DescribedOperation,
  DescribedRelation,
  DescribedResource,
  Description
} from '../../../src/admin/description'
import type { Untyped } from './client'
import { request } from './client'

export type { DescribedField, DescribedOperation, DescribedRelation, DescribedResource, Description }
export type Schema = Readonly<Record<string, Untyped>>

/** What the API says of itself to whoever is signed in now. */
export const loadDescription = async (): Promise<Description> =>
  (await (await request('/admin/description')).json()) as Description

export const DescriptionContext = createContext<Description>({ resources: [] })

/** The resource of this name, as far as the caller may do anything with it. */
export const useDescribed = (name: string | undefined): DescribedResource | undefined =>
  useContext(DescriptionContext).resources.find((one) => one.name === name)

export const useResources = (): readonly DescribedResource[] => useContext(DescriptionContext).resources

export const operation = (resource: DescribedResource, name: string): DescribedOperation | undefined =>
  resource.operations.find((one) => one.name === name)

export const fieldOf = (resource: DescribedResource, name: string): DescribedField | undefined =>
  resource.fields.find((one) => one.name === name)

/** Written in capitals. */
const INITIALS = /\b(api|mfa|url|ip)\b/g

/** `order_number` → `Order number`, `store.region` → `Store region`, `api_keys` → `API keys` */
export const label = (name: string): string => {
  const words = name
    .replace(/_id$/, '')
    .replace(/[_.-]/g, ' ')
    .replace(INITIALS, (letters) => letters.toUpperCase())
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Whether it has a list of records that the caller may open. */
export const isListed = (resource: DescribedResource): boolean => operation(resource, 'find') !== undefined

/** Shown where they are used. */
const UNLISTED = ['saved_views']

/** Whether the menu leads to it. */
const isInMenu = (resource: DescribedResource): boolean =>
  isListed(resource) && !UNLISTED.includes(resource.name)

/** What the menu leads to: what the application declares, then what it is built on. */
export const inMenu = (resources: readonly DescribedResource[]) => {
  const shown = resources.filter(isInMenu)

  return { own: shown.filter(({ isOwn }) => isOwn), others: shown.filter(({ isOwn }) => !isOwn) }
}

/** Resources that a list of resources shows, in the order of their declarations. */
export const listed = (resources: readonly DescribedResource[]): readonly DescribedResource[] =>
  resources.filter(isListed)
