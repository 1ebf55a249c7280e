import { QueryClient } from '@tanstack/react-query'
import { CoreAdminContext, CoreAdminUI, CustomRoutes, localStorageStore, Resource } from 'ra-core'
import { lazy, Suspense, useEffect, useMemo, useState } from 'react'
import { Route } from 'react-router-dom'
import { authProvider } from './data/auth-provider'
import { client } from './data/client'
import { dataProvider } from './data/data-provider'
import type { DescribedResource, Description } from './data/description'
import { DescriptionContext, isListed, loadDescription, operation } from './data/description'
import { i18nProvider } from './data/messages'
import { CreatePage } from './record/create-page'
import { EditPage } from './record/edit-page'
import { ShowPage } from './record/show-page'
import { ListPage } from './list/list-page'
import { Layout } from './shell/layout'
import { LoginPage } from './shell/login-page'
import { Home } from './shell/home'
import { Waiting, Wrong } from './shell/states'

const AccountPage = lazy(() => import('./shell/account-page'))

/** Who is signed in, as far as what is shown depends on it. */
const userKey = () => String(client.session?.user.id ?? 'anonymous')

interface Known {
  readonly key: string
  readonly description?: Description
  readonly error?: Error
}

/** What the API says to whoever is signed in, asked anew when somebody else is. */
const useDescription = (): Known => {
  const [known, setKnown] = useState<Known>({ key: '' })
  useEffect(() => {
    const load = () =>
      loadDescription().then(
        (description) => setKnown({ key: userKey(), description }),
        (error: Error) => setKnown({ key: userKey(), error })
      )
    void load()

    return client.onSession(() => {
      setKnown((before) => {
        if (before.key !== userKey()) void load()
        return before
      })
    })
  }, [])

  return known
}

const pagesOf = (resource: DescribedResource) => ({
  name: resource.name,
  list: ListPage,
  ...(operation(resource, 'get') ? { show: ShowPage } : {}),
  ...(operation(resource, 'patch') ? { edit: EditPage } : {}),
  ...(operation(resource, 'create') ? { create: CreatePage } : {})
})

const Admin = ({ description }: { description: Description }) => {
  const provider = useMemo(() => dataProvider(description), [description])
  const queryClient = useMemo(
    () => new QueryClient({ defaultOptions: { queries: { staleTime: 5000, retry: false, refetchOnWindowFocus: false } } }), // prettier-ignore
    [description]
  )
  const store = useMemo(() => localStorageStore('1', 'rachis-admin'), [])

  return (
    <DescriptionContext.Provider value={description}>
      <CoreAdminContext
        dataProvider={provider}
        authProvider={authProvider}
        i18nProvider={i18nProvider}
        queryClient={queryClient}
        store={store}
      >
        <CoreAdminUI
          layout={Layout}
          loginPage={LoginPage}
          dashboard={Home}
          loading={Waiting}
          title="Admin"
          disableTelemetry
        >
          {description.resources.filter(isListed).map((resource) => (
            <Resource key={resource.name} {...pagesOf(resource)} />
          ))}
          <CustomRoutes>
            <Route path="/account" element={<AccountPage />} />
          </CustomRoutes>
        </CoreAdminUI>
      </CoreAdminContext>
    </DescriptionContext.Provider>
  )
}

/** The whole page, made from what the API says of itself. */
export const App = ({ problem }: { problem?: string | undefined }) => {
  const { key, description, error } = useDescription()
  if (error) return <Wrong error={error} />
  if (!description) return <Waiting />

  return (
    <>
      {problem && (
        <p className="banner error" role="alert">
          {problem}
        </p>
      )}
      <Suspense fallback={<Waiting />}>
        <Admin key={key} description={description} />
      </Suspense>
    </>
  )
}
