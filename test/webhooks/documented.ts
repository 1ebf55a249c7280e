import assert from 'node:assert/strict'
import type { OpenApiDocument } from '../../packages/rachis/src/openapi/openapi'
import { pointer, validatorOf } from '../helpers/documented'
import type { Received } from './receiver'

const SCHEMA = ['post', 'requestBody', 'content', 'application/json', 'schema']

/** Fails unless the section `webhooks` of /openapi.json says that this may be sent: each body by its type, and each header. */
export const assertSentAsDocumented = async ({ url }: { readonly url: string }, received: readonly Received[]) => {
  const spec = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApiDocument
  const schemaAt = validatorOf(spec)
  for (const { headers, body } of received) {
    const { post } = spec.webhooks![body.type] ?? {}
    assert.ok(post, `${body.type} is not in the document`)
    const isSaid = schemaAt(pointer('webhooks', body.type, ...SCHEMA))
    assert.ok(isSaid(body), `${JSON.stringify(body)}: ${JSON.stringify(isSaid.errors)}`)
    for (const { $ref } of post.parameters as { $ref: string }[]) {
      const { name } = spec.components.parameters![$ref.split('/').at(-1)!]!
      assert.ok(schemaAt(`${$ref}/schema`)(headers[name]), `${name}: ${String(headers[name])}`)
    }
  }
} // prettier-ignore
