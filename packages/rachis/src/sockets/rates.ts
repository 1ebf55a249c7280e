import type { Socket } from 'socket.io'
import type { Application } from '../declare/declarations'
import type { Allowance } from '../util/allowance'
import { connectionOf } from './feathers-connection'
import { wireError } from './socket-errors'

/** What each message was counted for. Messages are known by their arguments, which pass all of `socket.use`. */
const ALLOWANCES = new WeakMap<object, Allowance>()

/** @param args of a message, as `socket.use` is given them */
export const allowanceOf = (args: object): Allowance | undefined => ALLOWANCES.get(args)

/**
 * Counts the messages of a socket for its address, in one budget with requests, and answers those that are too many. Those without an
 * acknowledgement are dropped.
 */
export const countMessages = (app: Application, socket: Socket): void => {
  const { address } = connectionOf(socket)
  const count = async (args: object) => {
    const allowance = await app.get('rates')!.admit(address)
    ALLOWANCES.set(args, allowance)
  }
  if (!app.get('rates')) return
  socket.use((args, next) => {
    const ack: unknown = args.at(-1)
    count(args).then(
      () => next(),
      (error: unknown) => typeof ack === 'function' && ack(wireError(error))
    )
  })
}
