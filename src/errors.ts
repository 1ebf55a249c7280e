import { defineErrors } from 'rachis'

/** What this application adds to the catalogue of errors; docs/errors.md lists them. */
export const errors = defineErrors({
  STOCK_LIMIT: {
    status: 409,
    message: 'The stock would leave its limits',
    hint: 'details.expected says how much fits'
  },
  INSUFFICIENT_STOCK: {
    status: 409,
    message: 'There is not enough in stock',
    hint: 'details tells for each product what was requested and what is available'
  }
})
