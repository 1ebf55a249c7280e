import type { Asked, Shape } from '../rules/shape'
import type { User } from '../rules/policy'
import type { Asks, Packet } from './subscriber'

/** What one connection asks for, by the rights that it has. */
export class Asking implements Asks {
  private readonly asked = new Map<string, Asked>()
  private current = new Map<string, readonly Shape[]>()

  /** @param others whether it is told of all records of resources that it has never asked for */
  constructor(readonly others: boolean) {}

  /** One that asks for these from the beginning. */
  static of(asked: readonly Asked[], user: User, others = false): Asking {
    const asking = new Asking(others)
    for (const one of asked) asking.add(one, user)

    return asking
  }

  get shapes(): ReadonlyMap<string, readonly Shape[]> {
    return this.current
  }

  get size(): number {
    return this.asked.size
  }

  has(name: string): boolean {
    return this.asked.has(name)
  }

  /** Asks for more. Answers whether it was not asked for yet; what the user may not ask for is left out. */
  add(asked: Asked, user: User): boolean {
    const shape = this.asked.has(asked.name) ? undefined : asked.shapeFor(user)
    if (!shape) return false
    this.asked.set(asked.name, asked)
    this.current.set(shape.resource, [...(this.current.get(shape.resource) ?? []), shape])

    return true
  }

  /** A resource of which nothing is asked for any more stays: else all of its records would be told of again. */
  delete(name: string): boolean {
    const asked = this.asked.get(name)
    if (!asked) return false
    this.asked.delete(name)
    const left = (this.current.get(asked.resource) ?? []).filter((shape) => shape.name !== name)
    this.current.set(asked.resource, left)

    return true
  }

  /** What it will ask for by the rights of another user, or by other rights of this one; also what it then may not ask for any more. */
  readBy(user: User): ShapesOfRights {
    const shapes = new Map<string, Shape[]>([...this.current.keys()].map((resource) => [resource, []]))
    const ended: Asked[] = []
    for (const asked of this.asked.values()) {
      const shape = asked.shapeFor(user)
      if (shape) shapes.get(asked.resource)!.push(shape)
      else ended.push(asked)
    }

    return { shapes, ended }
  }

  /** Goes on by what `readBy` answered. */
  become({ shapes, ended }: ShapesOfRights) {
    this.current = new Map(shapes)
    for (const { name } of ended) this.asked.delete(name)
  }
}

export interface ShapesOfRights {
  readonly shapes: ReadonlyMap<string, readonly Shape[]>
  readonly ended: readonly Asked[]
}

/** A connection, as far as its rights decide what it may ask for. */
interface Reading {
  user: User
  readonly asks?: Asking
  send(packet: Packet): void
}

/**
 * Has a connection stand for this user from now on. What it asks for by a field that they may not read is over: it is told to ask anew,
 * and learns then why it may not.
 *
 * @param position up to which it was told
 */
export const standFor = (member: Reading, user: User, position: number) => {
  const next = member.asks?.readBy(user)
  member.user = user
  if (!next) return
  member.asks!.become(next)
  for (const { path, name } of next.ended)
    member.send({ path, event: 'reset', data: { reason: 'rights' }, position, subscription: name })
}
