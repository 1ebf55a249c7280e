import type { Operation } from '../model/operations'
import type { Ref } from './openapi-document'

const integer = { type: 'integer', minimum: 0 }

/** Headers of every answer where requests are limited (`RATE_LIMIT_REQUESTS`). */
export const rateHeaders = {
  'X-RateLimit-Limit': {
    description: 'Requests within the window, of the limit with the least left.',
    schema: integer
  },
  'X-RateLimit-Remaining': { description: 'How many of them are left.', schema: integer },
  'X-RateLimit-Reset': {
    description: 'When its window ends, in seconds since 1970 (UTC).',
    schema: integer
  },
  'RateLimit-Policy': {
    description: 'The limits that the request was counted for: requests `q` within `w` seconds.',
    schema: { type: 'string', examples: ['"address";q=100;w=60'] }
  },
  RateLimit: {
    description: 'What is left of each of them: requests `r`, for `t` seconds.',
    schema: { type: 'string', examples: ['"address";r=99;t=60'] }
  }
}

/** References to the headers, for one answer. */
export const rateHeaderRefs: Readonly<Record<string, Ref>> = Object.fromEntries(
  Object.keys(rateHeaders).map((name) => [name, { $ref: `#/components/headers/${name}` }])
)

/** What an operation says of how often it may be called. */
export const rateHints = ({ rates = [], cost }: Operation): string[] => [
  ...rates.map(
    ({ name, requests, window }) =>
      `A caller may send ${requests} requests in ${window} seconds (\`${name}\`), else 429.`
  ),
  ...(cost === undefined ? [] : [`A call counts as ${cost} requests.`])
]
