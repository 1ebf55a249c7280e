import { useSyncExternalStore } from 'react'
import { client } from './client'

/** Who is signed in, as far as the pages show it. */
export interface User {
  readonly id: number
  readonly email: string
  readonly username: string
  readonly first_name: string | null
  readonly last_name: string | null
  readonly role: 'user' | 'manager' | 'admin'
}

let isKnown = false
const listeners = new Set<() => void>()
const tell = () => listeners.forEach((listener) => listener())

/** The first request reads the session that another page has kept. */
export const known = client
  .fetch('')
  .catch(() => undefined)
  .then(() => {
    isKnown = true
    tell()
  })
client.onSession(tell)

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
const current = (): User | null | undefined =>
  isKnown ? ((client.session?.user as User | undefined) ?? null) : undefined

/** Who is signed in; null for nobody, and undefined as long as it is not known. */
export const useUser = () => useSyncExternalStore(subscribe, current)

/** Whether the page follows what happens. */
export const useConnection = () => useSyncExternalStore(client.onState, () => client.state)

export const nameOf = ({ first_name, last_name, username }: User): string =>
  [first_name, last_name].filter(Boolean).join(' ') || username
