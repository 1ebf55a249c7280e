import type { DocumentParts, OperationObject, Schema } from '../openapi/openapi-document'
import { json, schemaRef } from '../openapi/openapi-document'
import { errorRefs } from '../openapi/openapi-errors'
import { TOKEN } from '../openapi/openapi-example'
import { oauthPaths } from './oauth/document'

const text = { type: 'string' }
const email = { type: 'string', format: 'email' }
const secret = { type: 'string', format: 'password', writeOnly: true }
const object = (properties: Schema, required = Object.keys(properties), more: Schema = {}): Schema => ({ type: 'object', properties, required, ...more }) // prettier-ignore

const LOCAL = { strategy: 'local', email: 'user@example.com', password: 'correct-horse' }
const JWT = { strategy: 'jwt', accessToken: TOKEN }

const schemas: Readonly<Record<string, Schema>> = {
  AuthenticationRequest: {
    oneOf: [
      object({ strategy: { const: 'local' }, email, password: secret }),
      object({ strategy: { const: 'jwt' }, accessToken: text })
    ],
    examples: [LOCAL, JWT]
  },
  Authentication: object(
    {
      accessToken: text,
      refresh_token: { ...text, description: 'After signing in with a password.' },
      authentication: object({ strategy: text, payload: { type: 'object' } }, ['strategy']),
      user: object({ id: { type: 'integer' } }, ['id'], {
        description: 'Who is signed in, with the memberships that rules ask for.'
      })
    },
    ['accessToken', 'authentication', 'user'],
    {
      examples: [
        { accessToken: TOKEN, refresh_token: TOKEN, authentication: { strategy: 'local' }, user: { id: 7 } }
      ]
    }
  )
}

const answer = (description: string, name: string) => ({
  description,
  content: json({ schema: schemaRef(name) })
})

const signIn: OperationObject = {
  operationId: 'authentication_create',
  tags: ['authentication'],
  summary: 'Sign in, as Feathers clients do',
  requestBody: {
    required: true,
    content: json({
      schema: schemaRef('AuthenticationRequest'),
      examples: {
        local: { summary: 'With email and password', value: LOCAL },
        jwt: { summary: 'With an access token', value: JWT }
      }
    })
  },
  responses: {
    201: answer('Signed in', 'Authentication'),
    ...errorRefs([400, 401, 406, 413, 415, 422, 429, 500, 503])
  },
  security: [{}]
}
const signOut: OperationObject = {
  operationId: 'authentication_remove',
  tags: ['authentication'],
  summary: 'Sign out: the tokens of this session stop working at once',
  responses: {
    200: answer('Signed out', 'Authentication'),
    ...errorRefs([400, 401, 406, 415, 429, 500, 503])
  },
  security: [{ bearerAuth: [] }]
}

/**
 * Feathers' own way to sign in, and the paths of providers, for the OpenAPI document: these are no operations of a resource.
 *
 * @param providers the names of those that are switched on
 */
export const accountsDocuments = (providers: readonly string[]): DocumentParts => ({
  paths: { '/authentication': { post: signIn, delete: signOut }, ...oauthPaths(providers) },
  schemas,
  description: 'Sign in by `POST /auth/login` and send `Authorization: Bearer <access_token>`.',
  tags: [
    { name: 'authentication', description: "Feathers' own way to sign in; the same sessions as under auth" }
  ]
})
