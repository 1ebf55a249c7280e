import type { Knex } from 'knex'
import type { ModuleContext } from '../module'
import { ApiError, validationError } from '../errors/errors'
import type { Validate } from '../model/validator'
import { lazyValidator } from '../model/validator'
import type { RawAnswer, RawRequest, RawRoute } from '../rules/raw-route'
import type { Received, Receiver } from './define-receiver'
import { errors } from './errors'
import { parsePayload } from './payload'
import { SCHEMES } from './schemes'
import type { Scheme } from './schemes/scheme'
import { isAuthentic } from './signature'

type Outcome = 'accepted' | 'duplicate' | 'ignored'

/** Characters of an id and of a type, which are stored. */
const LONGEST = 255

const wordOf = (value: unknown, field: string): string => {
  const length = typeof value === 'string' ? value.length : 0
  if (length > 0 && length <= LONGEST) return value as string
  throw validationError([
    { field, message: `must be a text of 1 to ${LONGEST} characters`, rule: 'type', expected: 'string' }
  ])
}

/** One receiver: asks the signature of a request, and enqueues the job of its event. */
export class Intake implements RawRoute {
  readonly limit: number
  private readonly scheme: Scheme
  private readonly keys: readonly Buffer[]
  private readonly problems: Validate

  constructor(
    private readonly context: ModuleContext,
    private readonly receiver: Receiver,
    secrets: readonly string[]
  ) {
    const scheme = (this.scheme = SCHEMES[receiver.scheme])
    this.limit = receiver.body_limit
    this.keys = secrets.map((secret) => scheme.key(secret))
    this.problems = lazyValidator(receiver.payload)
  }

  /** @throws INVALID_SIGNATURE, MALFORMED_BODY, VALIDATION_ERROR */
  async answer(request: RawRequest): Promise<RawAnswer> {
    this.assertAuthentic(request)
    const received = this.read(request)

    return { status: 202, body: { id: received.id, status: await this.accept(received, request.trace_id) } }
  }

  private assertAuthentic({ headers, body }: RawRequest): void {
    const claim = this.scheme.claim(headers, body)
    if (!claim || !isAuthentic(claim, this.keys, this.receiver.tolerance))
      throw new ApiError(errors.INVALID_SIGNATURE)
  }

  private read({ headers, body }: RawRequest): Received {
    const payload = parsePayload(body)
    const { id, type } = this.scheme.identify(headers, body, payload)

    return { id: wordOf(id, 'id'), type: type === undefined ? '' : wordOf(type, 'type'), payload }
  }

  private async accept(received: Received, trace_id: string): Promise<Outcome> {
    const { types, input } = this.receiver
    if (types && !types.includes(received.type)) return 'ignored'
    const details = this.problems(received.payload)
    if (details.length > 0) throw validationError([...details])
    const of = input(received)
    const isNew = await this.context.knex.transaction((trx) => this.store(trx, received, of, trace_id))
    if (isNew) this.context.app.get('engine').wake()

    return isNew ? 'accepted' : 'duplicate'
  }

  /** In one transaction: the event is known, and its job is there. Of two requests with one id the second waits for the first. */
  private async store(trx: Knex.Transaction, { id, type }: Received, input: unknown, trace_id: string) {
    const { name, job } = this.receiver
    const change = JSON.stringify({ user_id: null, trace_id })
    const { rows } = await trx.raw<{ rows: unknown[] }>(
      `with context as materialized (select set_config('app.context', ?, true))
       insert into received_webhooks (receiver, event_id, type) select ?, ?, ? from context
       on conflict (receiver, event_id) do nothing returning id`,
      [change, name, id, type]
    )
    if (rows.length === 0) return false
    await job.enqueue(input as never, { app: this.context.app, knex: trx, params: { trace_id } })

    return true
  }
}
