import type { HookContext, Module, ModuleContext } from 'rachis'
import {
  $user,
  ApiError,
  authenticated,
  defineErrors,
  defineResource,
  integer,
  nullable,
  owner,
  readOnly,
  state,
  text,
  Type
} from 'rachis'
import { createTransport } from 'nodemailer'

export const errors = defineErrors({
  RATES_UNAVAILABLE: {
    status: 503,
    message: 'The rates cannot be had at the moment',
    hint: 'Send it again in a minute'
  }
})

/** A hook: it runs in the transaction of the write, behind the checks of what was sent. */
const slug = async ({ data }: HookContext) => {
  for (const one of [data].flat() as { title: string; slug?: string }[])
    one.slug = one.title.toLowerCase().replace(/\W+/g, '-')
}

interface Patching {
  patch(id: unknown, data: object, params: object): Promise<unknown>
}

const mine = { user_id: $user.id }
const shown = Type.Object({ amount: Type.Integer(), currency: Type.String() })

/** Another server is asked outside of a transaction, which would else hold a connection meanwhile, and waited for no longer than two seconds. */
const rateOf = async (base: string, currency: string): Promise<number> => {
  const response = await fetch(`${base}/${currency}`, { signal: AbortSignal.timeout(2000) }).catch(
    (cause: Error) => {
      throw new ApiError(errors.RATES_UNAVAILABLE, { cause })
    }
  )
  if (!response.ok) throw new ApiError(errors.RATES_UNAVAILABLE)

  return ((await response.json()) as { rate: number }).rate
}

/** @param ratesUrl of a server that answers `{ rate }` */
export const invoices = (ratesUrl: string) =>
  defineResource('invoices', {
    fields: {
      title: text({ minLength: 1, maxLength: 100 }),
      slug: readOnly(nullable(text({ maxLength: 100 }))),
      amount: integer({ minimum: 0 }),
      status: state('draft', 'sent', 'overdue'),
      user_id: owner('users')
    },
    access: { read: mine, create: authenticated, update: mine },
    hooks: { before: { create: [slug] } },
    states: {
      field: 'status',
      initial: ['draft', 'sent'],
      transitions: {
        send: { from: 'draft', to: 'sent', access: mine },
        // By the job alone.
        expire: { from: 'sent', to: 'overdue', access: false }
      }
    },
    actions: {
      // A method of the service, and a route: POST /invoices/7/double.
      double: {
        input: Type.Object({}),
        access: mine,
        run: async (_input, { app, record, asCaller }) =>
          (app.service('invoices' as never) as unknown as Patching).patch(
            record!.id as never,
            { amount: Number(record!.amount) * 2 } as never,
            asCaller
          )
      },
      convert: {
        input: Type.Object({ currency: Type.String({ pattern: '^[A-Z]{3}$' }) }),
        output: shown,
        access: mine,
        transaction: false,
        run: async ({ currency }, { record }) => ({
          currency,
          amount: Math.round(Number(record!.amount) * (await rateOf(ratesUrl, currency)))
        })
      }
    }
  })

const LOCK = 7_000_001
/** Of several processes one does the work, and the others leave it; the lock ends with the transaction, or with the process. */
const expire = ({ knex }: ModuleContext) =>
  knex.transaction(async (trx) => {
    const { rows } = await trx.raw<{ rows: [{ mine: boolean }] }>(
      'select pg_try_advisory_xact_lock(?) as mine',
      [LOCK]
    )
    if (!rows[0].mine) return
    await trx('invoices')
      .where({ status: 'sent' })
      .where('updated_at', '<', trx.raw(`now() - interval '30 days'`))
      .update({ status: 'overdue' })
  })

export interface BillingOptions {
  readonly smtpUrl: string
  /** Milliseconds between two runs of the job. */
  readonly interval: number
}

/** What is around the declaration: an effect after the commit, a job, and a route. */
export const billing = ({ smtpUrl, interval }: BillingOptions): Module => {
  let timer: NodeJS.Timeout
  let running: Promise<unknown> = Promise.resolve()
  const transport = createTransport(smtpUrl)

  return {
    name: 'billing',
    errors,
    // A mail for each invoice that was sent. It is repeated where it fails, so that a mail may come twice and never not at all.
    consumers: ({ knex }) => [
      {
        name: 'billing-mails',
        delivery: 'durable',
        order: 'after events',
        async consume(changes) {
          for (const { resource, action, after, record_id } of changes) {
            if (resource !== 'invoices' || action !== 'send' || !after) continue
            const { email } = (await knex('users')
              .where({ id: after.user_id as string })
              .first('email')) as { email: string }
            await transport.sendMail({
              from: 'billing@example.com',
              to: email,
              subject: `Invoice ${record_id}`,
              text: `${String(after.title)}: ${String(after.amount)}`,
              messageId: `<invoice-${record_id}@example.com>`
            })
          }
        }
      }
    ],
    async open(context) {
      const run = () =>
        (running = running
          .then(() => expire(context))
          .catch((err: unknown) => context.logger.error({ err }, 'Invoices could not expire')))
      timer = setInterval(run, interval)
    },
    async close() {
      clearInterval(timer)
      await running
      transport.close()
    },
    // A route that is no operation: it has no rule, no event and no place in the document unless `documents` gives it one.
    paths: { billing: {} },
    middleware: () => ({
      concerns: () => false,
      beforeBody: [
        async (ctx, next) => {
          if (ctx.method !== 'GET' || ctx.path !== '/billing/ping') return next()
          ctx.body = { is_open: true }
        }
      ]
    })
  }
}
