import { createContext, useContext } from 'react'
import type { ReactNode } from 'react'
import { useAsk } from './ask'
import { client } from './client'
import { money } from './format'

/** What orders cost besides their products. */
export interface Terms {
  readonly currency: string
  readonly tax_rate: number
  readonly shipping_amount: number
  readonly free_shipping_from: number
}

const Context = createContext<Terms | undefined>(undefined)

export const WithTerms = ({ children }: { children: ReactNode }) => {
  const { data } = useAsk<Terms>('terms', () => client.service('products').terms({}))
  return <Context value={data}>{children}</Context>
}

/** Undefined until they are known. */
export const useTerms = () => useContext(Context)

/** A price of the shop. */
export const Price = ({ of }: { of: number }) => <>{money(of, useTerms()?.currency)}</>
