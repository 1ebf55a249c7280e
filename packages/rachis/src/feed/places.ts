import type { Packet } from './subscriber'

/**
 * For each of some packets, in the order in which they are sent, the id of the change up to which a client has everything once it has that
 * packet and those before it. A change that waited for a look-up is told behind later ones: until then a client has only what is before it.
 *
 * @example placesOf([{ position: 12 }, { position: 10 }, { position: 13 }]) // [9, 10, 13]
 */
export const placesOf = (packets: readonly Pick<Packet, 'position'>[]): number[] => {
  let most = Infinity
  const places = packets.toReversed().map(({ position }) => {
    const place = Math.min(position, most)
    most = Math.min(most, position - 1)

    return place
  })

  return places.reverse()
}
