import type { JobContext } from '../../jobs'

const REASONS = {
  gone: 'Its receiver answered that it is gone (410).',
  failing: 'Nothing could be delivered to it for a long time.'
} as const

interface Endpoint {
  readonly url: string
  readonly disabled_reason: keyof typeof REASONS | 'owner' | null
  readonly email: string
}

/**
 * Tells the owner of an endpoint that it was switched off, unless it is on again.
 *
 * @throws {Error} where the mail server does not take the mail
 */
export const mailOwner = async ({ app, knex }: JobContext, endpoint_id: number): Promise<void> => {
  const found = (await knex('webhook_endpoints as e').join('users as u', 'u.id', 'e.user_id').where('e.id', endpoint_id)
    .first('e.url', 'e.disabled_reason', 'u.email')) as Endpoint | undefined // prettier-ignore
  if (!found?.disabled_reason || found.disabled_reason === 'owner') return
  await app.get('mailer').deliver('webhook_endpoint_disabled', found.email, {
    subject: 'A webhook endpoint of yours was switched off',
    lines: [
      // Not the whole address: its path may say anything, or be secret.
      `No events are sent to your endpoint ${endpoint_id} at ${new URL(found.url).host} any more.`,
      REASONS[found.disabled_reason],
      'Once it can be reached, enable it again, and replay what it has missed.'
    ]
  })
}
