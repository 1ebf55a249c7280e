import type { TSchema } from '@feathersjs/typebox'
import type { AnyResource } from '../any-resource'
import type { Problem } from './shared/problem'
import { problem } from './shared/problem'
import { isObject } from '../../util/is-object'

const isObjectSchema = (schema: unknown): boolean => {
  if (!isObject(schema)) return false
  const parts = (schema.anyOf ?? schema.allOf) as unknown[] | undefined

  return schema.type === 'object' || (parts?.every(isObjectSchema) ?? false)
}

const hasId = (input: TSchema) => isObject(input.properties) && Object.hasOwn(input.properties, 'id')

const inputProblems = (
  resource: AnyResource,
  path: string,
  input: TSchema,
  isOnRecord: boolean
): Problem[] => {
  if (!isObjectSchema(input)) {
    return [
      problem(
        resource,
        `${path}.input`,
        `the input of ${path} is not an object`,
        `write input: Type.Object({ … }) in ${path}`
      )
    ]
  }
  const hint = `give the property id of ${path} another name: data.id already names the record`

  return isOnRecord && hasId(input)
    ? [problem(resource, `${path}.input`, `the input of ${path} has an id, which never arrives`, hint)]
    : []
}

/** Input is an object, in a body or a query; where it is for a record, its `id` is the record's. */
export const inputs = (resource: AnyResource): Problem[] => {
  const { create, actions = {}, reports = {} } = resource.spec

  return [
    ...(create ? inputProblems(resource, 'create', create.input as TSchema, false) : []),
    ...Object.entries(actions).flatMap(([name, { input, on }]) =>
      inputProblems(resource, `actions.${name}`, input as TSchema, on !== 'collection')
    ),
    ...Object.entries(reports).flatMap(([name, { input }]) =>
      inputProblems(resource, `reports.${name}`, input as TSchema, false)
    )
  ]
}
