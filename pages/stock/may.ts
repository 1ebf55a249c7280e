import { createContext, useContext } from 'react'
import { isAllowed } from '../../packages/rachis/admin-page/admin/data/allowed'
import type { Row } from '../../packages/rachis/admin-page/admin/data/client'
import type { DescribedResource } from '../../packages/rachis/admin-page/admin/data/description'
import { useAsk } from '../shared/ask'
import { client } from '../shared/client'

/**
 * Whether an operation is to be offered, of a record where one is given. It follows from the rules of the declarations, so that this page has
 * none of its own.
 */
export type May = (resource: string, operation: string, record?: object) => boolean

const mayBy =
  (resources: readonly DescribedResource[]): May =>
  (resource, operation, record) => {
    const described = resources.find(({ name }) => name === resource)
    const found = described?.operations.find(({ name }) => name === operation)
    if (!described || !found) return false

    return !record || isAllowed(described, found, record as Row)
  }

/** What somebody may do; undefined until it is known. */
export const useDescribedMay = (user: number | undefined): May | undefined => {
  const { data } = useAsk(user === undefined ? undefined : String(user), () => client.service('admin').description({})) // prettier-ignore
  return data && mayBy(data.resources as readonly DescribedResource[])
}

export const MayContext = createContext<May>(() => false)
export const useMay = (): May => useContext(MayContext)
