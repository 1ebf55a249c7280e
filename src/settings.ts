import { Type } from '@feathersjs/typebox'
import type { Static } from '@feathersjs/typebox'
import type { Settings } from 'rachis'
import { defineSettings } from 'rachis'

const schema = Type.Object({
  seed_demo: Type.Boolean(),
  shop: Type.Object({
    tax_rate: Type.Number({ minimum: 0, maximum: 1 }),
    shipping_amount: Type.Number({ minimum: 0, multipleOf: 0.01 }),
    free_shipping_from: Type.Number({ minimum: 0, multipleOf: 0.01 }),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
    time_zone: Type.String()
  })
})

/** Names of other zones make Node load its calendars, which takes some milliseconds of the start. */
const isTimeZone = (timeZone: string): boolean => {
  if (timeZone === 'UTC') return true
  try {
    return new Intl.DateTimeFormat('en', { timeZone }) !== undefined
  } catch {
    return false
  }
}

const problems = ({ shop: { time_zone }, seed_demo }: Settings, isProduction: boolean): string[] => [
  ...(isTimeZone(time_zone)
    ? []
    : [`shop.time_zone ${time_zone} is not a time zone; write one such as Europe/Berlin`]),
  ...(isProduction && seed_demo
    ? ['seed_demo makes logins whose passwords everybody knows; set SEED_DEMO=false']
    : [])
]

/** The settings of this application, beside those of the engine and of accounts. Their values stand in config/. */
export const settings = defineSettings({ schema, problems })

type Declared = Static<typeof schema>
declare module 'rachis' {
  interface Settings extends Declared {}
}
