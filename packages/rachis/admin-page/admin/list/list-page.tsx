import { ListBase, useListContext, useResourceContext } from 'ra-core'
import { Link } from 'react-router-dom'
import type { DescribedResource } from '../data/description'
import { fieldOf, label, operation, useDescribed } from '../data/description'
import { FILES, useMayUpload } from '../data/files'
import { useLiveLists } from '../data/live'
import { AddFiles } from '../files/add-files'
import { Empty, Waiting, Wrong } from '../shell/states'
import { useColumns } from './columns'
import { Filters } from './filters'
import { Pagination } from './pagination'
import { RecordTable } from './table'
import { Tools } from './tools'

const Head = ({ resource }: { resource: DescribedResource }) => (
  <div className="head">
    <h1>{label(resource.name)}</h1>
    <span className="spring" />
    <Tools resource={resource} />
    {operation(resource, 'create') && (
      <Link className="button primary" to={`/${resource.name}/create`}>
        Create
      </Link>
    )}
  </div>
)

const Records = ({ resource }: { resource: DescribedResource }) => {
  const { data, isPending, error } = useListContext()
  const [columns] = useColumns(resource)
  if (error) return <Wrong error={error} />
  if (isPending) return <Waiting />

  return (
    <>
      {data && data.length > 0 ? (
        <RecordTable resource={resource} columns={columns} />
      ) : (
        <Empty>There is nothing here that fits.</Empty>
      )}
      <Pagination />
    </>
  )
}

const Live = ({ resource }: { resource: DescribedResource }) => {
  useLiveLists(resource)
  return null
}

const Uploads = () => (useMayUpload() ? <AddFiles label="Upload files" /> : null)

/** The records of a resource: searched, filtered, sorted, in pages, and as they change. */
export const ListPage = () => {
  const resource = useDescribed(useResourceContext())
  if (!resource) return null
  const sort = fieldOf(resource, 'created_at') ? { field: 'created_at', order: 'DESC' as const } : { field: 'id', order: 'DESC' as const } // prettier-ignore

  return (
    <ListBase resource={resource.name} perPage={25} sort={sort} key={resource.name}>
      <Live resource={resource} />
      <Head resource={resource} />
      {resource.name === FILES && <Uploads />}
      <Filters resource={resource} />
      <Records resource={resource} />
    </ListBase>
  )
}
