import { sendTo } from '../subscriber'
import type { Delivery } from './news'
import { grouped } from './packets'
import type { Heard } from './receivers'

const sendEvents = ({ model, change, rows }: Delivery, heard: readonly Heard[]) => {
  const addressed = heard.map(({ shape, receivers }) => ({ subscription: shape?.name, receivers }))
  for (const group of grouped(model, change, rows, addressed)) sendTo(group.receivers, group.packet)
}

/** Sends a change to all who heard of it. What could not be asked of one shape concerns those who ask for it, and nobody else. */
export const deliver = (news: Delivery, heard: readonly Heard[], onError: (error: unknown) => void) => {
  const due = heard.filter(({ receivers }) => receivers.size > 0)
  const told = due.filter(({ failed }) => failed === undefined)
  if (told.length > 0) sendEvents(news, told)
  for (const { shape, receivers, failed } of due) {
    if (failed === undefined) continue
    onError(failed)
    const packet = { path: news.model.path, event: 'reset', data: {}, position: news.change.id }
    const reset = { ...packet, subscription: shape?.name }
    receivers.forEach((_sight, subscriber) => subscriber.send(reset))
  }
}
