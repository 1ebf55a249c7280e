import { setTimeout as pause } from 'timers/promises'
import { rightsMark, unknownRights } from '../rules/rights-mark'
import type { Hold } from './consumers/held'
import type { Realtime } from './consumers/realtime'
import type { Connection } from './consumers/rights'
import type { ResumeToken } from './resume-token'
import type { Batch } from './runner'

/** A connection that can be asked to wait until it has taken what it was sent. */
export interface Resuming extends Connection {
  /** Resolves once it can be sent more; by default it always can. */
  drained?(): Promise<void>
}

/** What the client has: of which history, and by which rights. */
export type Partly = Pick<ResumeToken, 'rights'> & { readonly epoch?: string }

/** A connection on its way back. How far it is stands in the position of its hold. */
export interface Run {
  readonly member: Resuming
  readonly hold: Hold
  /** Of the history that its position is a place in; undefined where that is none. */
  epoch: string | undefined
  /** The mark of the rights that it was compared with last. */
  mark: string
  /** The resources that it was told to read anew, by their paths, with the id up to which their changes are not sent any more. */
  readonly anew: Map<string, number>
  missed: number
  isChecked: boolean
  batch?: Batch
}

/** Who comes back in the middle of a change of rights reads anew, also by the rights of before: some records were taken from it already. */
export const markOf = ({ audience }: Resuming, held: Hold | undefined): string =>
  held?.isChanging ? unknownRights(audience) : rightsMark(audience)

/** Whether everything up to this id was sent, and nothing of it is still to be told to others, who would be joined by then. */
export const hasAll = async (
  hold: Hold,
  until: number,
  lanes: Pick<Realtime['lanes'], 'reached'>
): Promise<boolean> => {
  if (hold.position < until || hold.from === undefined || hold.isDue) return false
  // What others are told late was sent here already: meanwhile it is kept with the rest, of which it is left out.
  await lanes.reached(until)

  return !hold.isDue
}

/** Milliseconds that real time may take to tell what this process has read, and between two looks at whether it has. */
const TOLD = { within: 1000, look: 5 }

/**
 * Waits where a client comes from another process, and has been told more there than was told here: joined before that, it would be told of
 * it once more. Real time that takes longer tells it twice, which costs less than to read everything anew.
 */
export const untilTold = async (isTold: () => boolean): Promise<void> => {
  const end = performance.now() + TOLD.within
  while (!isTold() && performance.now() < end) await pause(TOLD.look, undefined, { ref: false })
}
