import assert from 'node:assert/strict'
import addFormats from 'ajv-formats'
import Ajv from 'ajv/dist/2020'
import type { OpenApiDocument } from '../../packages/rachis/src/openapi/openapi'

type Json = Record<string, any>
const DOCUMENT = 'document.json'

/** A validator of draft 2020-12 that knows every schema of the document by its place in it. */
export const validatorOf = (document: object) => {
  const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false })
  addFormats(ajv)
  ajv.addSchema(document, DOCUMENT)

  // As a part of the document rather than a schema that refers to it: each is compiled once, however often it is asked.
  return (pointer: string) => ajv.getSchema(`${DOCUMENT}${pointer}`)!
}
const validators = new WeakMap<object, ReturnType<typeof validatorOf>>()
const validatorFor = (document: object) => {
  if (!validators.has(document)) validators.set(document, validatorOf(document))
  return validators.get(document)!
}

const escaped = (step: string) => step.replace(/~/g, '~0').replace(/\//g, '~1')
/** `pointer('paths', '/tasks/{id}')` → `#/paths/~1tasks~1%7Bid%7D` */
export const pointer = (...steps: string[]): string =>
  `#${steps.map((step) => `/${encodeURIComponent(escaped(step))}`).join('')}`

export const at = (document: object, steps: readonly string[]): any =>
  steps.reduce<any>((value, step) => value?.[step], document)

/** The place that a reference leads to, or the place itself. */
const followed = (document: object, steps: readonly string[]): readonly string[] => {
  const $ref = at(document, steps)?.$ref as string | undefined
  return $ref ? followed(document, $ref.slice(2).split('/').map((step) => step.replace(/~1/g, '/').replace(/~0/g, '~'))) : steps // prettier-ignore
}

/** The path as the document writes it: without query and without what its server stands for. */
const relative = (path: string, { servers }: Json): string => {
  const [plain = ''] = path.split('?')
  const base = (servers as { url: string }[])[0]!.url.replace(/\/$/, '')

  return plain.startsWith(`${base}/`) ? plain.slice(base.length) : plain
}

const fits = (template: string, path: string) => {
  const [steps, given] = [template.split('/'), path.split('/')]
  return steps.length === given.length && steps.every((step, i) => step === given[i] || /^\{.+\}$/.test(step))
}
const parametersIn = (template: string) => template.split('{').length

/** The template that a path belongs to; one that says more of it comes first, as in the router. */
export const templateOf = (document: OpenApiDocument, path: string): string | undefined =>
  Object.keys(document.paths)
    .filter((template) => fits(template, relative(path, document)))
    .sort((a, b) => parametersIn(a) - parametersIn(b))[0]

const shortened = (value: unknown) => JSON.stringify(value)?.slice(0, 1000)

/**
 * Fails unless the document says that this call can answer so: the status is documented, and the body as its schema says.
 *
 * @example assertDocumented(document, 'GET', '/api/v1/tasks/7', 200, body)
 */
export const assertDocumented = (
  document: OpenApiDocument,
  method: string,
  path: string,
  status: number,
  body: unknown
): void => {
  const call = `${method} ${path}`
  const template = templateOf(document, path)
  assert.ok(template, `${call}: no such path in the document`)
  const operation = ['paths', template, method.toLowerCase()]
  const responses = at(document, [...operation, 'responses']) as object | undefined
  assert.ok(responses, `${call}: the document has no ${method} at ${template}`)
  const known = Object.keys(responses)
  assert.ok(known.includes(String(status)), `${call}: answers ${status}, documented are ${known.join(', ')}`)
  // Its answer has the headers of that to GET, and no body.
  if (method === 'HEAD') return
  const response = followed(document, [...operation, 'responses', String(status)])
  const content = [...response, 'content', 'application/json', 'schema']
  if (!at(document, content)) {
    assert.ok(body === undefined || body === null || body === '', `${call}: ${status} is documented as empty, got ${shortened(body)}`) // prettier-ignore
    return
  }
  const validate = validatorFor(document)(pointer(...content))
  const errors = validate(body) ? [] : (validate.errors ?? [])
  const details = errors.map(({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${shortened(params)}`) // prettier-ignore
  assert.deepEqual(errors, [], `${call}: ${status} is not as documented:\n${details.join('\n')}\n${shortened(body)}`) // prettier-ignore
}
