import { usePage, useRoute } from '../shared/router'
import type { Route } from '../shared/router'
import { useUser } from '../shared/session'
import type { User } from '../shared/session'
import { Account, Connection, Empty, NavLink, Skip, Waiting } from '../shared/shell'
import { SignIn } from '../shared/sign-in'
import { WithTerms } from '../shared/terms'
import { Levels } from './levels'
import { MayContext, useDescribedMay } from './may'
import { Movements } from './movements'
import { Overview } from './overview'
import { WithStores } from './place'
import { ShelfPage } from './shelf'
import { StoresPage } from './stores-page'

const PLACES = { '': 'Overview', levels: 'Levels', movements: 'Movements', stores: 'Stores' } as const

const Header = ({ here, user }: { here: string; user: User | null | undefined }) => (
  <header>
    <a className="brand" href="#/">
      Rachis <em>Stock</em>
    </a>
    <Connection />
    {user && (
      <nav className="places" aria-label="Stock">
        {Object.entries(PLACES).map(([place, name]) => (
          <NavLink key={place} href={`#/${place}`} isHere={here === place}>
            {name}
          </NavLink>
        ))}
      </nav>
    )}
    <nav aria-label="Account">
      <a href="/shop">Shop</a>
      <Account signIn="#/" />
    </nav>
  </header>
)

const Page = ({ route }: { route: Route }) => {
  const [page = '', id] = route.parts
  if (page === 'levels' && id) return <ShelfPage key={id} id={Number(id)} />
  if (page === 'levels') return <Levels route={route} />
  if (page === 'movements') return <Movements key={route.query.toString()} route={route} />
  if (page === 'stores') return <StoresPage route={route} />

  return page === '' ? <Overview route={route} /> : <Empty isPage title="There is no such page" />
}

/** The stock is for those who are signed in. */
const Anonymous = () => {
  usePage('Sign in · Stock', 'sign-in')
  return (
    <div className="narrow">
      <h1>Sign in</h1>
      <p>What the stores keep is shown to those who are signed in.</p>
      <div className="panel">
        <SignIn />
      </div>
    </div>
  )
}

const SignedIn = ({ route, user }: { route: Route; user: User }) => {
  const may = useDescribedMay(user.id)
  if (!may) return <Waiting />

  return (
    <MayContext value={may}>
      <WithTerms>
        <WithStores>
          <Page route={route} />
        </WithStores>
      </WithTerms>
    </MayContext>
  )
}

/** What those see who keep the stock. */
export const StockPages = () => {
  const route = useRoute()
  const user = useUser()

  return (
    <>
      <Skip />
      <Header here={route.parts[0] ?? ''} user={user} />
      <main id="main" tabIndex={-1}>
        {user === undefined && <Waiting />}
        {user === null && <Anonymous />}
        {user && <SignedIn key={user.id} route={route} user={user} />}
      </main>
    </>
  )
}
