import { issueTicket, TICKET_TTL } from '../../event-tickets'
import { ApiError } from '../../../errors/errors'
import { authenticated, defineResource, Type } from '../../../declare'
import type { ServiceOf } from '../../../declare'
import type { Credential } from '../../../rules/identity'

/** Tickets for the event stream, whose clients in browsers can send no header. An API key makes them with the permission for it. */
export const eventTickets = defineResource('event_tickets', {
  path: 'events/tickets',
  description: 'Tickets that open one event stream each, for clients that can send no header',
  table: false,
  fields: {},
  access: {},
  limits: { rate: { requests: 60, window: 60 } },
  actions: {
    issue: {
      on: 'collection',
      summary: 'A ticket to open one event stream with, within half a minute',
      input: Type.Object({}, { additionalProperties: false }),
      output: Type.Object({
        ticket: Type.String({ examples: ['RdVTNKsPSWYTF7MBHQK3l1jCbFbBkgEQqLNbhyqzYmU'] }),
        expires_in: Type.Integer({ examples: [TICKET_TTL] })
      }),
      access: authenticated,
      transaction: false,
      http: { path: '', status: 201 },
      async run(_input, { app, params }) {
        const { authentication } = params as { readonly authentication?: Credential }
        if (!authentication) throw new ApiError('NOT_AUTHENTICATED')
        const facts = app.get('identity').credentialOf(authentication)
        const ticket = await issueTicket(app.get('postgresqlClient'), authentication, facts)

        return { ticket, expires_in: TICKET_TTL }
      }
    }
  }
})

declare module '../../../declare/declarations' {
  interface ServiceTypes {
    'events/tickets': ServiceOf<typeof eventTickets>
  }
}
