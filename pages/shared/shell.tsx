import type { ReactNode } from 'react'
import { client } from './client'
import { nameOf, useConnection, useUser } from './session'

const STATES: Readonly<Record<string, string>> = {
  live: 'Live',
  opening: 'Connecting…',
  waiting: 'Connection lost',
  idle: '',
  closed: ''
}

/** Whether what is shown follows what happens. */
export const Connection = () => {
  const state = useConnection()
  return (
    <span className={`connection ${state}`} role="status">
      {STATES[state]}
    </span>
  )
}

interface AccountProps {
  readonly signIn: string
  readonly account?: string
}
/** Who is signed in, and the way out; else the way in. */
export const Account = ({ signIn, account }: AccountProps) => {
  const user = useUser()
  if (user === undefined) return null
  if (!user)
    return (
      <a className="button" href={signIn}>
        Sign in
      </a>
    )

  return (
    <>
      {account ? (
        <a className="who" href={account}>
          {nameOf(user)}
        </a>
      ) : (
        <span className="who">{nameOf(user)}</span>
      )}
      <button className="quiet" onClick={() => void client.logout().catch(() => undefined)}>
        Sign out
      </button>
    </>
  )
}

interface LinkProps {
  readonly href: string
  readonly isHere: boolean
  readonly children: ReactNode
}
export const NavLink = ({ href, isHere, children }: LinkProps) => (
  <a href={href} aria-current={isHere ? 'page' : undefined}>
    {children}
  </a>
)

/** Takes the keyboard past what stands above each page. */
export const Skip = () => (
  <a
    className="skip"
    href="#main"
    onClick={(event) => {
      event.preventDefault()
      document.getElementById('main')?.focus()
    }}
  >
    Skip to content
  </a>
)

export const Waiting = () => (
  <p className="waiting" role="status">
    Loading…
  </p>
)

interface EmptyProps {
  readonly title: string
  /** Whether there is nothing else on the page, which then has this as its heading. */
  readonly isPage?: boolean
  readonly children?: ReactNode
}
/** What there is where there is nothing. */
export const Empty = ({ title, isPage = false, children }: EmptyProps) => {
  const Title = isPage ? 'h1' : 'p'

  return (
    <div className="empty">
      <Title className="empty-title">{title}</Title>
      {children}
    </div>
  )
}

interface PagesProps {
  readonly page: number
  readonly pages: number
  readonly href: (page: number) => string
}
/** Leads through the pages of a list. */
export const Pages = ({ page, pages, href }: PagesProps) =>
  pages > 1 ? (
    <nav className="pages" aria-label="Pages">
      {page > 1 && (
        <a className="button" href={href(page - 1)} rel="prev">
          Previous
        </a>
      )}
      <span>
        Page {page} of {pages}
      </span>
      {page < pages && (
        <a className="button" href={href(page + 1)} rel="next">
          Next
        </a>
      )}
    </nav>
  ) : null
