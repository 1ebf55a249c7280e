import { useGetIdentity, useLogout } from 'ra-core'
import type { ReactNode } from 'react'
import { Suspense, useState } from 'react'
import { NavLink, useLocation } from 'react-router-dom'
import { client } from '../data/client'
import { inMenu, label, useResources } from '../data/description'
import type { DescribedResource } from '../data/description'
import { useConnection } from '../data/live'
import { Notifications } from './notifications'
import { applyTheme, theme } from './theme'
import type { Theme } from './theme'
import { Waiting } from './states'

const NEXT: Readonly<Record<Theme, Theme>> = { system: 'dark', dark: 'light', light: 'system' }

const ThemeButton = () => {
  const [current, setCurrent] = useState(theme())
  const change = () => {
    applyTheme(NEXT[current])
    setCurrent(NEXT[current])
  }

  return (
    <button type="button" className="quiet" onClick={change} aria-label={`Colours: ${current}. Change`}>
      {current === 'dark' ? '☾' : current === 'light' ? '☀' : '◐'}
    </button>
  )
}

const STATES: Readonly<Record<string, string>> = {
  live: 'Live',
  opening: 'Connecting…',
  waiting: 'Connection lost',
  idle: '',
  closed: ''
}

/** Whether what is shown follows what happens. */
const Connection = () => {
  const state = useConnection()
  return (
    <span className={`connection ${state}`} role="status">
      {STATES[state]}
    </span>
  )
}

const Account = () => {
  const { data } = useGetIdentity()
  const logout = useLogout()
  const isSignedIn = client.session !== undefined

  return isSignedIn ? (
    <span className="account">
      <NavLink to="/account">{data?.fullName || 'Account'}</NavLink>
      <button type="button" className="quiet" onClick={() => void logout({}, '/login')}>
        Sign out
      </button>
    </span>
  ) : (
    <NavLink className="button" to="/login">
      Sign in
    </NavLink>
  )
}

interface LinksProps {
  readonly resources: readonly DescribedResource[]
  readonly onFollow: () => void
}
const Links = ({ resources, onFollow }: LinksProps) =>
  resources.map(({ name }) => (
    <NavLink key={name} to={`/${name}`} onClick={onFollow}>
      {label(name)}
    </NavLink>
  ))

const Menu = ({ isOpen, close }: { isOpen: boolean; close: () => void }) => {
  const { own, others } = inMenu(useResources())

  return (
    <nav id="menu" className={isOpen ? 'open' : ''} aria-label="Resources">
      <NavLink to="/" end onClick={close}>
        Overview
      </NavLink>
      <Links resources={own} onFollow={close} />
      {others.length > 0 && <h2>System</h2>}
      <Links resources={others} onFollow={close} />
    </nav>
  )
}

/** The frame of every page: what there is on the left, who is signed in above. */
export const Layout = ({ children }: { children: ReactNode }) => {
  const [isOpen, setOpen] = useState(false)
  const { pathname } = useLocation()

  return (
    <div className="frame">
      <a
        className="skip"
        href="#main"
        onClick={(event) => (event.preventDefault(), document.getElementById('main')?.focus())}
      >
        Skip to content
      </a>
      <header>
        <button
          type="button"
          className="quiet menu-button"
          aria-expanded={isOpen}
          aria-controls="menu"
          aria-label="Menu"
          onClick={() => setOpen(!isOpen)}
        >
          ☰
        </button>
        <NavLink className="brand" to="/">
          Rachis
        </NavLink>
        <Connection />
        <span className="spring" />
        <ThemeButton />
        <Account />
      </header>
      <Menu isOpen={isOpen} close={() => setOpen(false)} />
      <main id="main" tabIndex={-1} key={pathname.split('/')[1]}>
        <Suspense fallback={<Waiting />}>{children}</Suspense>
      </main>
      <Notifications />
    </div>
  )
}
