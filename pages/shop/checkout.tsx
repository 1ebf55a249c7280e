import { useRef, useState } from 'react'
import { client } from '../shared/client'
import { Field, useForm, Wrong } from '../shared/form'
import type { Given } from '../shared/form'
import { go, usePage } from '../shared/router'
import { nameOf, useUser } from '../shared/session'
import type { User } from '../shared/session'
import { Empty, Waiting } from '../shared/shell'
import { Register, SignIn } from '../shared/sign-in'
import { cart } from './cart'
import { problemOf, useFilledCart } from './cart-page'
import type { Filled } from './cart-page'
import { Totals } from './totals'

const PAYMENTS = [
  ['card', 'Card'],
  ['invoice', 'Invoice'],
  ['cash', 'Cash on delivery']
] as const
/** Fields of the form that the server names in its errors. */
const FIELDS = ['shipping_address', 'payment_method', 'notes'] as const

const addressOf = ({ name, street, city, postcode, country }: Given) =>
  Object.fromEntries(
    Object.entries({ name, street, city, postcode, country }).filter(([, value]) => value?.trim())
  )

const orderOf = (lines: readonly Filled[], given: Given) => ({
  items: lines.map(({ product_id, quantity }) => ({ product_id, quantity })),
  shipping_address: addressOf(given),
  payment_method: given.payment_method ?? '',
  ...(given.notes ? { notes: given.notes } : {})
})

const Payment = ({ problem }: { problem: string | undefined }) => (
  <fieldset aria-describedby={problem ? 'payment-problem' : undefined}>
    <legend>Payment</legend>
    {PAYMENTS.map(([value, name]) => (
      <label key={value} className="switch">
        <input type="radio" name="payment_method" value={value} />
        {name}
      </label>
    ))}
    {problem && (
      <p id="payment-problem" className="problem">
        Choose how you pay: {problem}
      </p>
    )}
  </fieldset>
)

const Address = ({ user, problem }: { user: User; problem: string | undefined }) => (
  <fieldset>
    <legend>Where to</legend>
    {problem && <p className="problem">The address {problem}</p>}
    <Field label="Name" name="name" autoComplete="name" defaultValue={nameOf(user)} />
    <Field label="Street" name="street" autoComplete="street-address" />
    <div className="pair">
      <Field label="Postcode" name="postcode" autoComplete="postal-code" />
      <Field label="Town" name="city" autoComplete="address-level2" />
    </div>
    <Field label="Country" name="country" autoComplete="country-name" />
  </fieldset>
)

const OrderForm = ({ user, lines }: { user: User; lines: readonly Filled[] }) => {
  // Sent twice with one key, it is one order.
  const key = useRef(crypto.randomUUID())
  const { problems, isBusy, onSubmit } = useForm(FIELDS, async (given) => {
    const sent = orderOf(lines, given)
    try {
      const order = await client.service('orders').create(sent as never, { idempotencyKey: key.current })
      cart.clear()
      go(`orders/${order.id}?new=yes`)
    } catch (error) {
      key.current = crypto.randomUUID()
      throw error
    }
  })
  const isBlocked = lines.some((line) => problemOf(line) !== undefined)

  return (
    <form className="split" onSubmit={onSubmit}>
      <div className="form">
        {problems.form && <Wrong>{problems.form}</Wrong>}
        {isBlocked && (
          <Wrong>
            Something in your cart cannot be had as it is. <a href="#/cart">Look at the cart</a>
          </Wrong>
        )}
        <Address user={user} problem={problems.fields.shipping_address} />
        <Payment problem={problems.fields.payment_method} />
        <Field label="Notes" name="notes" hint="For those who pack it" problem={problems.fields.notes} />
      </div>
      <aside className="panel">
        <Totals lines={lines} />
        <button className="primary wide" disabled={isBusy || isBlocked}>
          Place the order
        </button>
      </aside>
    </form>
  )
}

/** Asks who buys, without leaving the checkout. */
const WhoBuys = () => {
  const [isNew, setNew] = useState(false)

  return (
    <div className="narrow panel">
      <h2>{isNew ? 'Make an account' : 'Sign in to order'}</h2>
      {isNew ? <Register /> : <SignIn />}
      <button className="link" onClick={() => setNew(!isNew)}>
        {isNew ? 'I have an account' : 'I am new here'}
      </button>
    </div>
  )
}

export const Checkout = () => {
  const user = useUser()
  const { filled, isKnown } = useFilledCart()
  usePage('Checkout · Shop', 'checkout')
  if (!isKnown || user === undefined) return <Waiting />
  if (filled.length === 0) return <Empty isPage title="Your cart is empty" />

  return (
    <>
      <h1>Checkout</h1>
      {user ? <OrderForm user={user} lines={filled} /> : <WhoBuys />}
    </>
  )
}
