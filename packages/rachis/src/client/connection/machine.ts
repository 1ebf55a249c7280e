/**
 * - `idle`: nobody needs a connection
 * - `opening`: a token is made sure of, a transport opened and signed in
 * - `live`: events arrive
 * - `waiting`: the next attempt comes after a pause
 * - `closed`: for good
 */
export type State = 'idle' | 'opening' | 'live' | 'waiting' | 'closed'

/**
 * - `wanted`, `unwanted`: the first list or listener needs it, the last one is gone
 * - `opened`, `failed`: how an attempt ended
 * - `lost`: the transport ended by itself
 * - `expired`: the token of the connection is good no more, or somebody else is signed in
 * - `due`: the pause is over
 * - `woken`: the network is there again, or the page is looked at again
 * - `closed`: by the application
 */
export type Event =
  'wanted' | 'unwanted' | 'opened' | 'failed' | 'lost' | 'expired' | 'due' | 'woken' | 'closed'

/**
 * - `open`: begins an attempt
 * - `abandon`: ends the transport, or the attempt
 * - `hold`: lists keep what they show, and ignore what comes
 * - `resume`: lists subscribe, from where they were
 * - `wait`, `cancel`: begins the pause, and ends it
 */
export type Effect = 'open' | 'abandon' | 'hold' | 'resume' | 'wait' | 'cancel'

type Step = readonly [State, ...Effect[]]

/** What happens in each state; an event that is not named changes nothing. docs/client.md shows this table. */
export const TABLE: Readonly<Record<State, Readonly<Partial<Record<Event, Step>>>>> = {
  idle: {
    wanted: ['opening', 'open'],
    closed: ['closed']
  },
  opening: {
    unwanted: ['idle', 'abandon'],
    opened: ['live', 'resume'],
    failed: ['waiting', 'abandon', 'wait'],
    lost: ['waiting', 'abandon', 'wait'],
    expired: ['opening', 'abandon', 'open'],
    closed: ['closed', 'abandon']
  },
  live: {
    unwanted: ['idle', 'hold', 'abandon'],
    lost: ['waiting', 'hold', 'abandon', 'wait'],
    expired: ['opening', 'hold', 'abandon', 'open'],
    closed: ['closed', 'hold', 'abandon']
  },
  waiting: {
    unwanted: ['idle', 'cancel'],
    expired: ['opening', 'cancel', 'open'],
    due: ['opening', 'open'],
    woken: ['opening', 'cancel', 'open'],
    closed: ['closed', 'cancel']
  },
  closed: {}
}

/**
 * The state after an event, and what has to be done.
 *
 * @example next('live', 'lost') // ['waiting', 'hold', 'abandon', 'wait']
 */
export const next = (state: State, event: Event): Step => TABLE[state][event] ?? [state]
