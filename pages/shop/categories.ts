import { useMemo } from 'react'
import { useAsk } from '../shared/ask'
import { client } from '../shared/client'

/** A category with those below it, as `GET /categories/tree` has them. */
export interface Branch {
  readonly id: number
  readonly name: string
  readonly slug: string
  readonly children: readonly Branch[]
}

interface Counted {
  readonly id: number
  readonly products: number
}

const flat = (branches: readonly Branch[]): readonly Branch[] =>
  branches.flatMap((branch) => [branch, ...flat(branch.children)])

export interface Categories {
  readonly isKnown: boolean
  readonly tree: readonly Branch[]
  /** How many products a category has, with those of the categories below it. */
  countOf(branch: Branch): number
  find(slug: string): Branch | undefined
  /** The ids of a category and of all below it. */
  below(id: number): readonly number[]
}

/** The categories that there are, with how many products each has. */
export const useCategories = (): Categories => {
  const tree = useAsk('tree', () => client.service('categories').tree({}))
  const list = useAsk<readonly Counted[]>('counts', () => client.service('products').category_list({}))

  return useMemo(() => {
    const branches = (tree.data ?? []) as readonly Branch[]
    const all = flat(branches)
    const counts = new Map(list.data?.map(({ id, products }) => [id, products]))
    const below = (id: number) => {
      const branch = all.find((one) => one.id === id)
      return branch ? flat([branch]).map((one) => one.id) : [id]
    }

    return {
      isKnown: tree.data !== undefined || tree.error !== undefined,
      tree: branches,
      countOf: (branch) => below(branch.id).reduce((sum, id) => sum + (counts.get(id) ?? 0), 0),
      find: (slug) => all.find((one) => one.slug === slug),
      below
    }
  }, [tree.data, tree.error, list.data])
}
