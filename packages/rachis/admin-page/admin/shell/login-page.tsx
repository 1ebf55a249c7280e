import { useEffect, useState } from 'react'
import type { FormEvent } from 'react'
import { Link } from 'react-router-dom'
import { beginOauth, providers, signIn } from '../data/auth-provider'
import { Notifications } from './notifications'

const Providers = () => {
  const [known, setKnown] = useState<readonly { readonly name: string }[]>([])
  useEffect(() => void providers().then(setKnown), [])
  if (known.length === 0) return null

  return (
    <div className="providers">
      {known.map(({ name }) => (
        <button key={name} type="button" onClick={() => void beginOauth(name)}>
          Sign in with {name.charAt(0).toUpperCase() + name.slice(1)}
        </button>
      ))}
    </div>
  )
}

interface TextProps {
  readonly label: string
  readonly name: string
  readonly type: string
  readonly autoComplete: string
  readonly isFocused?: boolean
}
const Text = ({ label, name, type, autoComplete, isFocused }: TextProps) => (
  <label>
    {label}
    <input name={name} type={type} autoComplete={autoComplete} required autoFocus={isFocused} />
  </label>
)

const useSignIn = () => {
  const [state, setState] = useState<{ error?: string; needsCode?: boolean; isBusy?: boolean }>({})
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = Object.fromEntries(new FormData(event.currentTarget))
    setState((before) => ({ ...before, isBusy: true }))
    try {
      await signIn(given as Record<string, string>)
    } catch (error) {
      const { message, body } = error as { message: string; body?: { code?: string } }
      const needsCode = body?.code === 'MFA_REQUIRED'
      setState((before) => ({
        needsCode: needsCode || before.needsCode === true,
        ...(needsCode ? {} : { error: message })
      }))
    }
  }

  return { ...state, submit }
}

/** Signs in by password, by a code besides where there is a second factor, or by a provider. */
export const LoginPage = () => {
  const { submit, error, needsCode, isBusy } = useSignIn()

  return (
    <main className="login">
      <form onSubmit={(event) => void submit(event)}>
        <h1>Sign in</h1>
        {error && (
          <p className="banner error" role="alert">
            {error}
          </p>
        )}
        <Text label="Email" name="email" type="email" autoComplete="username" isFocused />
        <Text label="Password" name="password" type="password" autoComplete="current-password" />
        {needsCode && (
          <>
            <p role="status">Your account has a second factor: give a code of it, or a recovery code.</p>
            <Text label="Code" name="code" type="text" autoComplete="one-time-code" isFocused />
          </>
        )}
        <button type="submit" className="primary" disabled={isBusy}>
          Sign in
        </button>
        <Providers />
        <Link to="/">Go on without signing in</Link>
      </form>
      <Notifications />
    </main>
  )
}
