import type { Application, Principal } from '../declare/declarations'

/**
 * Whose rights a command has: those of nobody where it names none.
 *
 * @param name the id of a user, or what they sign in by, such as an email address
 * @throws {Error} where there is no such user
 */
export const userFrom = async (app: Application, name: string | undefined): Promise<Principal | null> => {
  if (name === undefined) return null
  const user = await app.get('identity').principalOf?.(name)
  if (!user) throw new Error(`There is no user ${name}`)

  return user
}
