import { Type } from '@feathersjs/typebox'
import { ApiError } from '../errors/errors'
import { defineJob } from '../jobs'
import type { JobContext } from '../jobs'
import type { Letter, Notification, NotifiedRecord } from './define-notification'

interface Noted {
  readonly id: string
  readonly kind: string
  readonly record_id: string
  readonly batch: string
  readonly delivery: string | null
}

/** What waits to be told to the receiver of a batch. */
const PENDING = `select notifications.id, notifications.kind, notifications.record_id, batch, preference.delivery from notifications
  left join notification_preferences preference on preference.user_id = notifications.user_id and preference.kind = notifications.kind
  where notifications.user_id = (select user_id from notifications where batch = ? limit 1) and batch is not null and status = 'pending'
  order by notifications.id`

const subjectOf = ({ kind, record_id }: Noted) => `${kind}/${record_id}`

/** Letters of one digest; of what is beyond them it says how many there are. */
const MOST_LETTERS = 50

/** What the receiver may see of the record now; undefined where that is nothing. */
const recordFor = async ({ app, asCaller }: JobContext, { resource, include }: Notification, id: string) => {
  const { path } = app.get('engine').models.find(({ name }) => name === resource)!
  const query = include ? { $include: include } : {}
  const get = app.service(path as 'users').get(id as never, { ...asCaller, query } as object)

  return get.catch((error: unknown) => {
    if (error instanceof ApiError && error.code < 500) return undefined
    throw error
  }) as Promise<NotifiedRecord | undefined>
}

const digestOf = (letters: readonly Letter[]): Letter => {
  const shown = letters.slice(0, MOST_LETTERS)
  const more = letters.length - shown.length

  return {
    subject: `${letters.length} updates`,
    lines: [
      'This has happened since the last mail:',
      ...shown.map(({ subject, lines }) => [subject, ...lines].join('. ')),
      ...(more > 0 ? [`And ${more} more.`] : [])
    ]
  }
}

const END = `update notifications set status = ?, ended_at = now(), updated_at = now() where id = any(?)`

const end = async ({ knex, app }: JobContext, status: 'sent' | 'dropped', rows: readonly Noted[]) => {
  if (rows.length === 0) return
  await knex.raw(END, [status, rows.map(({ id }) => id)])
  app.get('engine').wake()
}

/** What is to be told of a batch, to whoever still wants it and may see it: of each record once, by what it was about. */
const lettersOf = async (context: JobContext, declared: readonly Notification[], rows: readonly Noted[]) => {
  const letters = new Map<string, Letter>()
  for (const row of rows) {
    const notification = declared.find(({ name }) => name === row.kind)
    const isWanted = context.user && row.delivery !== 'off' && !letters.has(subjectOf(row))
    if (!notification || !isWanted) continue
    const record = await recordFor(context, notification, row.record_id)
    if (record) letters.set(subjectOf(row), notification.letter(record))
  }

  return letters
}

/** A mail that is sent again, since its process was killed before it could note that it was sent, has the same `Message-ID`. */
const deliver = async ({ app, user }: JobContext, batch: string, letters: readonly Letter[]) => {
  const letter = letters.length === 1 ? letters[0]! : digestOf(letters)
  const host = new URL(app.get('public_url') || 'http://localhost').hostname
  await app.get('mailer').deliver('notification', user!.email as string, letter, { message_id: `<${batch}@${host}>` }) // prettier-ignore
}

/** Sends the mail of one batch: of one notification, or of all that a digest has gathered. */
export const sendJob = (declared: readonly Notification[]) =>
  defineJob('send_notifications', {
    input: Type.Object({ batch: Type.String({ format: 'uuid' }) }, { additionalProperties: false }),
    retries: 10,
    backoff: 30,
    // It asks a mail server, and must not hold a connection meanwhile.
    transaction: false,
    async run({ batch }, context) {
      const { rows } = await context.knex.raw<{ rows: Noted[] }>(PENDING, [batch])
      const own = rows.filter((row) => row.batch === batch)
      const letters = await lettersOf(context, declared, own)
      const isTold = (row: Noted) => letters.has(subjectOf(row))
      await end(context, 'dropped', own.filter((row) => !isTold(row))) // prettier-ignore
      if (letters.size === 0) return
      await deliver(context, batch, [...letters.values()])
      // The record was read after these had been noted: a mail of their own would say the same again.
      await end(context, 'sent', rows.filter(isTold))
    }
  })

const GATHER = `with receivers as (
    select user_id, gen_random_uuid() as batch from (
      select distinct user_id from notifications where status = 'pending' and batch is null
    ) waiting
  ), gathered as (
    update notifications set batch = receivers.batch, updated_at = now() from receivers
    where notifications.user_id = receivers.user_id and status = 'pending' and notifications.batch is null
  )
  select user_id, batch from receivers`

/** Gathers what waits for each receiver into one mail, with the job of each mail, in one transaction. */
export const gatherJob = (send: ReturnType<typeof sendJob>, schedule: { cron: string; time_zone?: string }) =>
  defineJob('gather_notifications', {
    input: Type.Object({}, { additionalProperties: false }),
    schedule: { ...schedule, input: {} },
    async run(_input, { app, knex, params }) {
      const { rows } = await knex.raw<{ rows: { user_id: string; batch: string }[] }>(GATHER)
      for (const { user_id, batch } of rows)
        await send.enqueue({ batch }, { app, knex, params: { ...params, user: { id: user_id } } })
    }
  })
