import { useEffect, useState } from 'react'
import type { FormEvent } from 'react'
import { go, usePage, useRoute } from '../shared/router'
import type { Route } from '../shared/router'
import { useUser } from '../shared/session'
import type { User } from '../shared/session'
import { Account, Connection, Empty, NavLink, Skip, Waiting } from '../shared/shell'
import { Register, SignIn } from '../shared/sign-in'
import { AccountPage } from './account'
import { piecesIn, useCart } from './cart'
import { CartPage } from './cart-page'
import { Catalogue } from './catalogue'
import { Checkout } from './checkout'
import { OrderPage } from './order'
import { Orders } from './orders'
import { ProductPage } from './product'
import { WithTerms } from '../shared/terms'

const Search = ({ query }: { query: URLSearchParams }) => {
  const [text, setText] = useState(query.get('search') ?? '')
  useEffect(() => setText(query.get('search') ?? ''), [query])
  const search = (event: FormEvent) => {
    event.preventDefault()
    go(text.trim() ? `?search=${encodeURIComponent(text.trim())}` : '')
  }

  return (
    <form className="search" role="search" onSubmit={search}>
      <input
        type="search"
        aria-label="Search products"
        placeholder="Search products"
        maxLength={100}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
    </form>
  )
}

const Header = ({ route: { parts, query } }: { route: Route }) => {
  const pieces = piecesIn(useCart())
  const user = useUser()

  return (
    <header>
      <a className="brand" href="#/">
        Rachis <em>Shop</em>
      </a>
      <Search query={parts.length === 0 ? query : new URLSearchParams()} />
      <Connection />
      <nav aria-label="Shop">
        {user && (
          <NavLink href="#/orders" isHere={parts[0] === 'orders'}>
            Orders
          </NavLink>
        )}
        <NavLink href="#/cart" isHere={parts[0] === 'cart'}>
          Cart{' '}
          <span className="pieces" aria-label={`${pieces} pieces`}>
            {pieces}
          </span>
        </NavLink>
        <Account signIn="#/sign-in" account="#/account" />
      </nav>
    </header>
  )
}

/** Signs in or registers, and leads to where one wanted to go. */
const Door = ({ isNew, to = '' }: { isNew: boolean; to?: string }) => {
  usePage(`${isNew ? 'Register' : 'Sign in'} · Shop`, String(isNew))

  return (
    <div className="narrow">
      <h1>{isNew ? 'Make an account' : 'Sign in'}</h1>
      <div className="panel">
        {isNew ? <Register onDone={() => go(to)} /> : <SignIn onDone={() => go(to)} />}
      </div>
      <p>{isNew ? <a href="#/sign-in">I have an account</a> : <a href="#/register">I am new here</a>}</p>
    </div>
  )
}

/** What is somebody's own: whoever is not signed in is asked to. */
const Own = ({ route: { parts, query }, user }: { route: Route; user: User | null }) => {
  const [page, id] = parts
  if (!user) return <Door isNew={false} to={parts.join('/')} />
  if (page === 'account') return <AccountPage user={user} />

  return id ? (
    <OrderPage key={id} id={Number(id)} isNew={query.get('new') === 'yes'} />
  ) : (
    <Orders user={user} query={query} />
  )
}

const Page = ({ route }: { route: Route }) => {
  const { parts, query } = route
  const [page, id] = parts
  const user = useUser()
  if (page === undefined) return <Catalogue query={query} />
  if (page === 'products' && id) return <ProductPage key={id} id={Number(id)} />
  if (page === 'cart') return <CartPage />
  if (page === 'checkout') return <Checkout />
  if (page === 'sign-in' || page === 'register') return <Door isNew={page === 'register'} />
  if (page !== 'orders' && page !== 'account') return <Empty isPage title="There is no such page" />

  return user === undefined ? <Waiting /> : <Own route={route} user={user} />
}

/** What customers see. */
export const Shop = () => {
  const route = useRoute()

  return (
    <WithTerms>
      <Skip />
      <Header route={route} />
      <main id="main" tabIndex={-1}>
        <Page route={route} />
      </main>
      <footer>
        <p>
          A demonstration on <a href="/">Rachis</a>: prices and stock follow what happens. Whoever keeps the stock
          looks at <a href="/stock">the stock page</a>.
        </p>
      </footer>
    </WithTerms>
  )
} // prettier-ignore
