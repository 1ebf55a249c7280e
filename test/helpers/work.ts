import bcrypt from 'bcrypt'
import { statementsOf } from './statements'

const { compare, hash } = bcrypt

/**
 * What takes time while something is done: each password that is hashed or compared, with its cost, and each statement. Two
 * answers after the same work take the same time, which a busy machine lets no clock show.
 */
export const workOf = async (ask: () => Promise<unknown>): Promise<string[]> => {
  const hashed: string[] = []
  bcrypt.hash = ((password: string, cost: number) => {
    hashed.push(`hash at ${cost}`)
    return hash(password, cost)
  }) as typeof hash
  bcrypt.compare = ((password: string, stored: string) => {
    hashed.push(`compare at ${bcrypt.getRounds(stored)}`)
    return compare(password, stored)
  }) as typeof compare
  try {
    const statements = await statementsOf(ask)
    return [...hashed, ...statements]
  } finally {
    Object.assign(bcrypt, { hash, compare })
  }
}
