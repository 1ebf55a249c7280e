import { Type } from '@feathersjs/typebox'
import { CommaList, defineSettings } from '../settings/declaration'
import type { Receiver } from './define-receiver'
import { SCHEMES } from './schemes'

export interface ReceiverSettings {
  /** Those that senders sign with: two of them while one takes the place of the other. */
  readonly secrets: string[]
}
export interface ReceiversSettings {
  receivers: Readonly<Record<string, ReceiverSettings>>
}

const from = <T>(receivers: readonly Receiver[], make: (receiver: Receiver) => T): Record<string, T> =>
  Object.fromEntries(receivers.map((receiver) => [receiver.name, make(receiver)]))

const problemsOf = ({ name, scheme }: Receiver, { secrets }: ReceiverSettings): string[] =>
  secrets.flatMap((secret, index) => {
    const problem = SCHEMES[scheme].problem(secret)
    return problem
      ? [`receivers.${name}.secrets[${index}] ${problem}; set the one that the sender shows`]
      : []
  })

/** The settings of the receivers of an application: for each one its secrets, and a variable of the environment such as `RECEIVER_PAYMENTS_SECRETS`. */
export const receiversSettings = (receivers: readonly Receiver[]) =>
  defineSettings({
    schema: Type.Object({ receivers: Type.Object(from(receivers, () => Type.Object({ secrets: CommaList() }))) }), // prettier-ignore
    defaults: { receivers: from(receivers, () => ({ secrets: [] })) },
    variables: {
      receivers: from(receivers, ({ name }) => ({ secrets: `RECEIVER_${name.toUpperCase()}_SECRETS` }))
    },
    prefixes: ['RECEIVER_'],
    problems: (settings) => receivers.flatMap((one) => problemsOf(one, settings.receivers[one.name]!))
  })

declare module '../declare/declarations' {
  interface Settings extends ReceiversSettings {}
}
