import { isRachisError } from 'rachis/client'
import { useState } from 'react'
import { client } from './client'
import { Field, useForm, Wrong } from './form'
import type { Given } from './form'

/** Signs in by password, with a code where there is a second factor. */
export const SignIn = ({ onDone }: { onDone?: () => void }) => {
  const [needsCode, setNeedsCode] = useState(false)
  const { problems, isBusy, onSubmit } = useForm(['email', 'password', 'code'], async (given) => {
    try {
      await client.login(given as { email: string; password: string })
      onDone?.()
    } catch (error) {
      if (!isRachisError(error, 'MFA_REQUIRED')) throw error
      setNeedsCode(true)
    }
  })

  return (
    <form className="form" onSubmit={onSubmit}>
      {problems.form && <Wrong>{problems.form}</Wrong>}
      <Field label="Email" name="email" type="email" autoComplete="username" required problem={problems.fields.email} />
      <Field label="Password" name="password" type="password" autoComplete="current-password" required problem={problems.fields.password} />
      {needsCode && (
        <Field label="Code" name="code" autoComplete="one-time-code" required autoFocus hint="Of your second factor, or a recovery code" problem={problems.fields.code} />
      )}
      <button className="primary" disabled={isBusy}>
        Sign in
      </button>
    </form>
  )
} // prettier-ignore

const FIELDS = ['email', 'username', 'password', 'first_name', 'last_name'] as const
/** What was left empty is not sent. */
const filled = (given: Given) => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''))

/** Makes an account and signs in to it. */
export const Register = ({ onDone }: { onDone?: () => void }) => {
  const { problems, isBusy, onSubmit } = useForm(FIELDS, async (given) => {
    await client.register(filled(given))
    onDone?.()
  })
  const { fields } = problems

  return (
    <form className="form" onSubmit={onSubmit}>
      {problems.form && <Wrong>{problems.form}</Wrong>}
      <div className="pair">
        <Field label="First name" name="first_name" autoComplete="given-name" problem={fields.first_name} />
        <Field label="Last name" name="last_name" autoComplete="family-name" problem={fields.last_name} />
      </div>
      <Field label="Email" name="email" type="email" autoComplete="email" required problem={fields.email} />
      <Field label="User name" name="username" autoComplete="username" required hint="Letters and digits, three at least" problem={fields.username} />
      <Field label="Password" name="password" type="password" autoComplete="new-password" required hint="Eight characters at least" problem={fields.password} />
      <button className="primary" disabled={isBusy}>
        Make my account
      </button>
    </form>
  )
} // prettier-ignore
