import type { Static, TSchema } from '@feathersjs/typebox'
import { boolean, integer, json, nullable, text, textArray, Type, withDefault } from '../../declare'

/** What the owner of an endpoint says of it. */
export const endpointFields = {
  url: text({ minLength: 8, maxLength: 2000, examples: ['https://example.com/hooks'] }),
  description: nullable(text({ maxLength: 500 })),
  /** Paths of resources, such as `notes`; all that its owner may read where there are none. */
  resources: withDefault(textArray({ maxItems: 100, examples: [['users']] }), []),
  /** `created`, or of one resource `notes.created`; all where there are none. */
  events: withDefault(textArray({ maxItems: 100, maxLength: 130, examples: [['created', 'removed']] }), []),
  /** By resources, which records: as the filter of a subscription. */
  filter: withDefault(json({ maxProperties: 100, examples: [{}] }), {}),
  /** The version of the API whose shape records have; the present one where it is null. */
  api_version: nullable(integer({ minimum: 1 })),
  /** Whether a delivery waits for the one before it of the same record. */
  ordered: withDefault(boolean(), false)
}

/** What an endpoint asks for. */
export interface Wishes {
  readonly resources: readonly string[]
  readonly events: readonly string[]
  readonly filter: Readonly<Record<string, unknown>>
  readonly api_version: number | null
}

const strict = { additionalProperties: false }
export const nothing = Type.Object({}, strict)

const time = () => Type.String({ format: 'date-time' })
const nullableTime = () => Type.Union([time(), Type.Null()])
const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const optional = <T extends TSchema>(schema: T) => Type.Optional(Type.Unsafe<Static<T>>(schema))

const { url, description, resources, events, filter, api_version, ordered } = endpointFields

/** What an endpoint is made from. */
export const endpointInput = Type.Object(
  {
    url,
    description: optional(description),
    resources: optional(resources),
    events: optional(events),
    filter: optional(filter),
    api_version: optional(api_version),
    ordered: optional(ordered)
  },
  strict
)

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='
/** Shown in this answer and in no other. */
export const secretOutput = Type.String({ examples: [SECRET] })

/** A new endpoint as it is answered. */
export const endpointOutput = Type.Object({
  id: Type.Integer(),
  user_id: Type.Integer(),
  url: Type.String({ examples: ['https://example.com/hooks'] }),
  description: orNull(Type.String()),
  resources: Type.Array(Type.String()),
  events: Type.Array(Type.String()),
  filter: Type.Record(Type.String(), Type.Unknown()),
  api_version: orNull(Type.Integer()),
  ordered: Type.Boolean(),
  disabled_at: nullableTime(),
  disabled_reason: orNull(Type.String()),
  failing_since: nullableTime(),
  withheld_since: nullableTime(),
  is_active: Type.Boolean(),
  created_at: time(),
  updated_at: time(),
  secret: secretOutput
})
