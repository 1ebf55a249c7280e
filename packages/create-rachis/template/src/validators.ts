import { Ajv, addFormats } from '@feathersjs/schema'
import type { FormatsPluginOptions } from '@feathersjs/schema'

const formats: FormatsPluginOptions = [
  'date-time', 'time', 'date', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uri-reference', 'uuid', 'uri-template',
  'json-pointer', 'relative-json-pointer', 'regex'
] // prettier-ignore

/** For hand-written services, under the names that the Feathers CLI imports. */
export const dataValidator = addFormats(new Ajv({}), formats)
export const queryValidator = addFormats(new Ajv({ coerceTypes: true }), formats)
