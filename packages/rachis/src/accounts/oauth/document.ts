import type { OperationObject, Parameter, PathItem } from '../../openapi/openapi-document'
import { errorRefs } from '../../openapi/openapi-errors'

const text = { type: 'string' }
const inQuery = (name: string, description: string, schema: object = text): Parameter => ({
  name,
  in: 'query',
  description,
  schema: { ...schema }
})

const operation = (
  operationId: string,
  summary: string,
  parameters: readonly Parameter[],
  statuses: readonly number[]
): OperationObject => ({
  operationId,
  tags: ['auth'],
  summary,
  parameters,
  responses: { 302: { description: 'The browser goes on' }, ...errorRefs(statuses) },
  security: [{}]
})

/** Where browsers walk, for the OpenAPI document: these are no operations of a resource. Nothing without providers. */
export const oauthPaths = (names: readonly string[]): Readonly<Record<string, PathItem>> => {
  if (names.length === 0) return {}
  const provider: Parameter = {
    name: 'provider',
    in: 'path',
    required: true,
    schema: { type: 'string', enum: names }
  }
  const start = [
    inQuery('redirect', 'A path on the first of the allowed origins, or an address on any of them'),
    inQuery('response', 'What is handed over', { type: 'string', enum: ['token', 'code', 'cookie'] }),
    inQuery('code_challenge', 'For a code: S256 of RFC 7636'),
    inQuery('ticket', 'For linking: in the url that POST /auth/oauth/link answers')
  ]
  const back = ['state', 'code', 'iss', 'error'].map((name) => inQuery(name, 'As the provider sends it'))

  return {
    '/oauth/{provider}': {
      parameters: [provider],
      get: operation('oauth_start', 'Begin to sign in by a provider', start, [400, 401, 422, 500, 503])
    },
    '/oauth/{provider}/callback': {
      parameters: [provider],
      get: operation('oauth_callback', 'Where the provider sends the browser back to', back, [401, 500, 503])
    }
  }
}
