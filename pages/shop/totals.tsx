import { money } from '../shared/format'
import type { Filled } from './cart-page'
import { useTerms } from '../shared/terms'
import type { Terms } from '../shared/terms'

const cents = (amount: number) => Math.round(amount * 100) / 100

/** What an order of these would come to now; the server computes what it does come to. */
export const estimate = (lines: readonly Filled[], terms: Terms | undefined) => {
  const subtotal = cents(lines.reduce((sum, { product, quantity }) => sum + (product?.price ?? 0) * quantity, 0))
  if (!terms) return { subtotal }
  const tax = cents(subtotal * terms.tax_rate)
  const shipping = subtotal < terms.free_shipping_from ? terms.shipping_amount : 0

  return { subtotal, tax, shipping, total: cents(subtotal + tax + shipping) }
} // prettier-ignore

const Amount = ({ name, amount }: { name: string; amount: number | undefined }) => {
  const currency = useTerms()?.currency
  return amount === undefined ? null : (
    <div>
      <dt>{name}</dt>
      <dd>{amount === 0 ? 'Free' : money(amount, currency)}</dd>
    </div>
  )
}

export const Totals = ({ lines }: { lines: readonly Filled[] }) => {
  const terms = useTerms()
  const { subtotal, tax, shipping, total } = estimate(lines, terms)
  const missing = terms && subtotal < terms.free_shipping_from ? terms.free_shipping_from - subtotal : 0

  return (
    <>
      <h2>Summary</h2>
      <dl className="totals">
        <Amount name="Products" amount={subtotal} />
        <Amount name="Shipping" amount={shipping} />
        <Amount name="Tax" amount={tax} />
        <div className="total">
          <dt>Total</dt>
          <dd>{total === undefined ? '' : money(total, terms?.currency)}</dd>
        </div>
      </dl>
      {missing > 0 && <p className="hint">{money(missing, terms?.currency)} more, and shipping is free.</p>}
    </>
  )
}
