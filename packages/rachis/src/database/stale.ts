import type { Refusal } from '../errors/errors'

/** Somebody has discarded the statement: the server has forgotten what the driver knows. */
export const DISCARDED = '26000'

/**
 * The server does not have the statement as the driver knows it: a column has another type now (0A000), somebody has
 * discarded it (26000), or somebody else has prepared one of this name (42P05).
 */
const STALE: readonly unknown[] = ['0A000', DISCARDED, '42P05']

/** Whether a prepared statement was refused for what it was prepared as. Outside of a transaction it has done nothing then. */
export const isStale = ({ code }: Refusal): boolean => STALE.includes(code)
