import { useLive } from 'rachis/react'
import { useState } from 'react'
import { client } from '../shared/client'
import { Field, useForm, Wrong } from '../shared/form'
import { usePage } from '../shared/router'
import type { User } from '../shared/session'
import { Waiting } from '../shared/shell'

const FIELDS = ['first_name', 'last_name', 'username'] as const

/** One's own name; what else an account has is on the admin page. */
export const AccountPage = ({ user }: { user: User }) => {
  const { data } = useLive(client, 'users', { id: user.id })
  const [isSaved, setSaved] = useState(false)
  const { problems, isBusy, onSubmit } = useForm(FIELDS, async ({ first_name, last_name, username }) => {
    setSaved(false)
    await client.service('users').patch(user.id, {
      first_name: first_name || null,
      last_name: last_name || null,
      username: username!
    })
    setSaved(true)
  })
  const [own] = data
  usePage('Account · Shop', 'account')
  if (!own) return <Waiting />

  return (
    <div className="narrow">
      <h1>Your account</h1>
      <form className="form panel" onSubmit={onSubmit}>
        {problems.form && <Wrong>{problems.form}</Wrong>}
        <div className="pair">
          <Field label="First name" name="first_name" defaultValue={own.first_name ?? ''} problem={problems.fields.first_name} />
          <Field label="Last name" name="last_name" defaultValue={own.last_name ?? ''} problem={problems.fields.last_name} />
        </div>
        <Field label="User name" name="username" defaultValue={own.username} problem={problems.fields.username} />
        <Field label="Email" name="email" value={own.email} readOnly />
        <button className="primary" disabled={isBusy}>
          Save
        </button>
        <p role="status">{isSaved && 'Saved.'}</p>
      </form>
      <p>
        <a href="/admin#/account">Password, second factor, sessions and API keys</a>
      </p>
    </div>
  )
} // prettier-ignore
