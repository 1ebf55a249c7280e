import { useQuery } from '@tanstack/react-query'
import { useDataProvider } from 'ra-core'
import { Link } from 'react-router-dom'
import { client } from '../data/client'
import type { DescribedResource } from '../data/description'
import { isListed, label, operation, useDescribed } from '../data/description'
import { OperationButton } from '../record/operation-button'
import { Result } from '../record/result'

/** What whoever is signed in may do with how they sign in, as far as the application offers it. */
const WITHOUT_FACTOR = ['mfa_enroll', 'mfa_confirm']
const WITH_FACTOR = ['mfa_recovery_codes', 'mfa_disable']
const CREDENTIALS = ['change_password', 'change_email', 'logout_all']

interface ButtonsProps {
  readonly auth: DescribedResource
  readonly names: readonly string[]
  /** Those of the names that can be called as things are. */
  readonly offered?: readonly string[]
}

const Buttons = ({ auth, names, offered = names }: ButtonsProps) => (
  <div className="buttons">
    {names
      .flatMap((name) => operation(auth, name) ?? [])
      .map((one) => (
        <OperationButton
          key={one.name}
          resource={auth}
          operation={one}
          isOffered={offered.includes(one.name)}
        />
      ))}
  </div>
)

/** Nothing until it is known whether there is a factor. */
const offeredWith = (factor: { readonly enabled: boolean } | undefined): readonly string[] => {
  if (!factor) return []

  return factor.enabled ? WITH_FACTOR : WITHOUT_FACTOR
}

const SecondFactor = ({ auth }: { auth: DescribedResource }) => {
  const provider = useDataProvider()
  const { data } = useQuery<{ readonly enabled: boolean }>({
    queryKey: ['auth', 'mfa'],
    queryFn: () => provider.call('auth', 'mfa', {})
  })

  return (
    <section>
      <h2>Second factor</h2>
      {data && <Result value={data} />}
      <Buttons auth={auth} names={[...WITHOUT_FACTOR, ...WITH_FACTOR]} offered={offeredWith(data)} />
    </section>
  )
}

const LISTS = ['sessions', 'api_keys', 'identities']

const Lists = () => {
  const found = LISTS.map(useDescribed)

  return (
    <ul className="links">
      {found.map(
        (resource) =>
          resource &&
          isListed(resource) && (
            <li key={resource.name}>
              <Link to={`/${resource.name}`}>{label(resource.name)}</Link>
            </li>
          )
      )}
    </ul>
  )
}

/** One's own account: who one is, how one signs in, and where one is signed in. */
const AccountPage = () => {
  const [auth, users] = [useDescribed('auth'), useDescribed('users')]
  const user = client.session?.user
  if (!user) return <p>You are not signed in.</p>

  return (
    <>
      <h1>Your account</h1>
      {users && operation(users, 'patch') && (
        <p>
          <Link className="button" to={`/users/${user.id}`}>
            Edit your profile
          </Link>
        </p>
      )}
      {auth && <Buttons auth={auth} names={CREDENTIALS} />}
      <Lists />
      {auth && operation(auth, 'mfa') && <SecondFactor auth={auth} />}
    </>
  )
}
export default AccountPage
