import { anyone, Type } from 'rachis'
import type { ReportContext } from 'rachis'

/** What orders cost besides their products: a cart is shown with it before there is an order. */
export const terms = {
  summary: 'The currency of the prices, and what an order costs besides them',
  input: Type.Object({}, { additionalProperties: false }),
  output: Type.Object({
    currency: Type.String({ examples: ['USD'] }),
    tax_rate: Type.Number({ minimum: 0, maximum: 1, description: 'Part of the price of the products' }),
    shipping_amount: Type.Number(),
    free_shipping_from: Type.Number({ description: 'From this amount on, shipping costs nothing' })
  }),
  access: anyone,
  run: async (_input: object, { app }: ReportContext) => {
    const { time_zone: _zone, ...rates } = app.get('shop')
    return rates
  }
}
