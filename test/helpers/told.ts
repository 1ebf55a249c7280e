import assert from 'node:assert/strict'
import Ajv from 'ajv/dist/2020'
import addFormats from 'ajv-formats'
import type { Json } from './world'

/** What a socket or a stream was told. */
interface Told {
  readonly name: string
  readonly data: unknown
  readonly meta?: unknown
}

/**
 * Checks what was received by the message of its name in the document.
 *
 * @example toldAs(await (await fetch(`${world.url}/asyncapi.json`)).json())({ name: 'tasks created', data: task })
 */
export const toldAs = (document: Json) => {
  const ajv = new Ajv({ strict: false, allErrors: true })
  addFormats(ajv)
  ajv.addSchema({ $id: 'asyncapi', components: document.components })
  const validate = (schema: Json, value: unknown, what: string) => {
    const $ref = typeof schema.$ref === 'string' ? { $ref: `asyncapi${schema.$ref}` } : schema
    const check = ajv.compile($ref)
    assert.ok(check(value), `${what} ${JSON.stringify(value)}: ${ajv.errorsText(check.errors)}`)
  }
  const messages = new Map(Object.values(document.components.messages as Json).map((message: Json) => [message.name, message])) // prettier-ignore

  return ({ name, data, meta }: Told) => {
    const message = messages.get(name)
    assert.ok(message, `${name} is not in the document`)
    validate(message.payload, data, name)
    if (meta !== undefined && message.headers) validate(message.headers, meta, `${name}, headers`)
  }
}

/** Checks all that was told by the document of a server. */
export const assertToldAsDocumented = async ({ url }: { readonly url: string }, told: readonly Told[]) => {
  const check = toldAs((await (await fetch(`${url}/asyncapi.json`)).json()) as Json)
  for (const one of told) check(one)
}
