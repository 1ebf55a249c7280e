import { lazy, Suspense } from 'react'
import { Link } from 'react-router-dom'
import { inMenu, label, useResources } from '../data/description'
import type { DescribedResource } from '../data/description'
import { client } from '../data/client'
import { Prose } from './prose'

const Dashboard = lazy(() => import('../dashboard/dashboard'))

const Cards = ({ resources }: { resources: readonly DescribedResource[] }) => (
  <ul className="cards">
    {resources.map(({ name, description }) => (
      <li key={name}>
        <Link to={`/${name}`}>{label(name)}</Link>
        <p>
          <Prose text={description} />
        </p>
      </li>
    ))}
  </ul>
)

/** What there is, for whoever has come. */
export const Home = () => {
  const { own, others } = inMenu(useResources())

  return (
    <>
      <h1>Overview</h1>
      {!client.session && <p>You see what is open to everybody. Sign in to see more.</p>}
      <h2 className="hidden">Reports</h2>
      <Suspense>
        <Dashboard />
      </Suspense>
      <h2>Resources</h2>
      <Cards resources={own} />
      {others.length > 0 && <h2>System</h2>}
      <Cards resources={others} />
    </>
  )
}
