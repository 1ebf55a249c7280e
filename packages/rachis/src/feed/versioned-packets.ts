import type { Model } from '../model/model'
import { recordIn } from '../model/versions/record'
import { stepsFrom } from '../model/versions/steps'
import type { Packet } from './subscriber'

type InVersion = (packet: Packet) => Packet

const asItIs: InVersion = (packet) => packet

/**
 * Packets as clients of older versions read them. All connections of a version that get a packet get the same object, so that it is encoded
 * once for all of them, as it is for those of the present one.
 */
export const versionedPackets = (models: readonly Model[]): ((version: number | undefined) => InVersion) => {
  const byPath = new Map(models.map((model) => [model.path, model]))
  const known = new Map<number, InVersion>()
  const translator = (version: number): InVersion => {
    const packets = new WeakMap<Packet, Packet>()

    return (packet) => {
      const model = byPath.get(packet.path)
      if (!model || packet.event === 'reset' || stepsFrom(model, version).length === 0) return packet
      const old = packets.get(packet) ?? { ...packet, data: recordIn(model, version, packet.data) }
      packets.set(packet, old)

      return old
    }
  }

  return (version) => {
    if (version === undefined) return asItIs
    if (!known.has(version)) known.set(version, translator(version))

    return known.get(version)!
  }
}
