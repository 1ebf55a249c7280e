import type { TestApp } from '../test-app'
import type { Person } from '../wire'

/** The words of users' roles other than the first, which everybody has who registers. */
const rolesOf = (app: TestApp): readonly string[] => {
  const role = app.app
    .get('engine')
    .models.find(({ name }) => name === 'users')
    ?.fields.get('role')
  return (role?.enum ?? []).filter((word) => word !== role?.default)
}

/**
 * The people that rights are tested with: an owner, a stranger, and somebody of each role.
 *
 * @throws {Error} where the application has no users to register
 */
export const castOf = async (app: TestApp): Promise<Record<string, Person>> => {
  if (!app.app.get('engine').models.some(({ name }) => name === 'users'))
    throw new Error('The conformance suite registers people: list the module accounts, or another one that declares users')
  const names = ['owner', 'stranger', ...rolesOf(app)]
  const people = await Promise.all(names.map((name) => app.person(name)))

  return Object.fromEntries(people.map((person) => [person.name, person]))
} // prettier-ignore
