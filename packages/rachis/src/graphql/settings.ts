import { Type } from '@feathersjs/typebox'
import type { Static } from '@feathersjs/typebox'
import { defineSettings } from '../settings/declaration'

const Count = () => Type.Integer({ minimum: 1 })

const schema = Type.Object({
  graphql: Type.Object({
    max_depth: Count(),
    max_breadth: Count(),
    max_aliases: Count(),
    max_cost: Count(),
    max_tokens: Count(),
    introspection: Type.Unsafe<'development' | 'always' | 'never'>({
      type: 'string',
      enum: ['development', 'always', 'never']
    }),
    persisted: Type.String(),
    persisted_only: Type.Boolean()
  })
})

const graphql: Static<typeof schema>['graphql'] = {
  max_depth: 12,
  max_breadth: 100,
  max_aliases: 30,
  max_cost: 10_000,
  max_tokens: 5000,
  introspection: 'development',
  persisted: '',
  persisted_only: false
}

/** The settings of GraphQL. docs/graphql.md explains each. */
export const graphqlSettings = defineSettings({
  schema,
  defaults: { graphql },
  variables: { graphql: { introspection: 'GRAPHQL_INTROSPECTION', persisted: 'GRAPHQL_PERSISTED', persisted_only: 'GRAPHQL_PERSISTED_ONLY' } }, // prettier-ignore
  prefixes: ['GRAPHQL_'],
  problems: ({ graphql: { persisted, persisted_only } }) =>
    persisted_only && persisted === ''
      ? ['graphql.persisted_only refuses every document where graphql.persisted names no file: name one']
      : []
})
export type GraphqlSettings = Static<typeof schema>

declare module '../declare/declarations' {
  interface Settings extends GraphqlSettings {}
}
