import { useSyncExternalStore } from 'react'

export interface Line {
  readonly product_id: number
  readonly quantity: number
}

const KEY = 'shop:cart'
/** As many lines as an order may have. */
const MOST = 100
const listeners = new Set<() => void>()

const isLine = (value: unknown): value is Line =>
  Number.isInteger((value as Line | null)?.product_id) && Number.isInteger((value as Line).quantity)

/** What another version of this page has kept is not trusted to be a cart. */
const parse = (text: string | null): readonly Line[] => {
  try {
    const found: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(found) ? found.filter(isLine) : []
  } catch {
    return []
  }
}

let text = localStorage.getItem(KEY)
let lines = parse(text)
const load = () => {
  const now = localStorage.getItem(KEY)
  if (now !== text) lines = parse((text = now))
  listeners.forEach((listener) => listener())
}
// Another tab of the same browser has the same cart.
addEventListener('storage', load)

const keep = (next: readonly Line[]) => {
  localStorage.setItem(KEY, JSON.stringify(next.slice(0, MOST)))
  load()
}
const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** What is in the cart of this browser. Prices and stock are those of the server, when they are shown. */
export const useCart = (): readonly Line[] => useSyncExternalStore(subscribe, () => lines)

export const cart = {
  add(product_id: number, quantity: number): void {
    const before = lines.find((line) => line.product_id === product_id)
    if (before) this.set(product_id, before.quantity + quantity)
    else keep([...lines, { product_id, quantity }])
  },
  set(product_id: number, quantity: number): void {
    keep(lines.map((line) => (line.product_id === product_id ? { product_id, quantity } : line)))
  },
  remove(product_id: number): void {
    keep(lines.filter((line) => line.product_id !== product_id))
  },
  clear(): void {
    keep([])
  }
}

export const piecesIn = (held: readonly Line[]): number =>
  held.reduce((sum, { quantity }) => sum + quantity, 0)
