import type { Module } from '../module'
import { PREFIX } from '../model/prefix'

/** Feathers' own service to sign in by, and the routes of providers. */
const paths = {
  // As many as the operation `login` of `auth` takes.
  authentication: { body_limit: 8192 },
  oauth: {}
}

const schemes = {
  bearerAuth: {
    openapi: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    challenge: 'Bearer'
  },
  apiKeyAuth: {
    openapi: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
    is_programmatic: true
  },
  ticketAuth: {
    openapi: { type: 'apiKey', in: 'query', name: 'ticket' },
    is_for_events: true
  }
}

/** What the engine tells clients of accounts, in documents, errors and the answer of `GET /`. */
export const facts = {
  paths,
  schemes,
  hints: {
    NOT_AUTHENTICATED: `Sign in by POST ${PREFIX}/auth/login, then send Authorization: Bearer <access_token>`
  },
  links: { login: '/auth/login' }
} satisfies Partial<Module>
