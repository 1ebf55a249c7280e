import type { Application } from '../declare/declarations'

/** Says to a socket that it has been sent everything up to a transaction that it wrote. */
export type TellApplied = (connection: object, tx: string) => void

/**
 * A writer may see nothing of what it wrote, so that no event tells it when its list includes that: `applied` does, also of a write that
 * changed nothing.
 *
 * @example tellApplied(app)(connection, '731') // applied { tx: '731' }
 */
export const tellApplied = (app: Application): TellApplied => {
  const { applied } = app.get('engine')

  return (connection, tx) => void applied(connection, tx)
}
