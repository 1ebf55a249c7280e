import type { Json, Person, World } from '../helpers/world'

export interface GraphqlAnswer {
  readonly status: number
  readonly headers: Headers
  readonly data: any
  readonly errors?: readonly { message: string; path?: readonly unknown[]; extensions: Json }[]
}

export interface Asked {
  readonly variables?: Json
  readonly headers?: Record<string, string>
  readonly extensions?: Json
}

/** The address of GraphQL in a world. */
export const graphqlAt = (world: Pick<World, 'url'>) => `${world.url}/graphql`

export const authorization = (person: Person): Record<string, string> =>
  person.token ? { Authorization: `Bearer ${person.token}` } : {}

/** A request as clients of GraphQL send it. */
export const ask = async (
  world: Pick<World, 'url'>,
  person: Person,
  query: string,
  { variables, headers = {}, extensions }: Asked = {}
): Promise<GraphqlAnswer> => {
  const response = await fetch(graphqlAt(world), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...authorization(person), ...headers },
    body: JSON.stringify({ query, variables, extensions })
  })
  const { data, errors } = (await response.json()) as Json

  return { status: response.status, headers: response.headers, data, errors }
}

/** The codes of all errors of an answer. */
export const codesOf = ({ errors = [] }: GraphqlAnswer): string[] =>
  errors.map(({ extensions }) => extensions.code)
