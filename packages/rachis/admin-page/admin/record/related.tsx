import { useGetManyReference } from 'ra-core'
import { Link } from 'react-router-dom'
import type { Row } from '../data/client'
import type { DescribedRelation, DescribedResource } from '../data/description'
import { fieldOf, label, useDescribed } from '../data/description'
import { useLiveLists } from '../data/live'
import { AddToList } from '../files/add-files'
import { useColumns } from '../list/columns'
import { classOf, RecordRow } from '../list/table'

/** Records of one relation that are shown at once. */
const SHOWN = 10

interface Props {
  readonly relation: DescribedRelation
  readonly target: DescribedResource
  readonly record: Row
}

const Rows = ({ relation, target, record }: Props) => {
  useLiveLists(target)
  const [all] = useColumns(target)
  const columns = all.filter((name) => name !== relation.by)
  const { data = [], total } = useGetManyReference<Row>(target.name, {
    target: relation.by,
    id: record[relation.column] as number,
    pagination: { page: 1, perPage: SHOWN },
    sort: { field: 'id', order: 'DESC' }
  })
  const filter = encodeURIComponent(JSON.stringify({ [relation.by]: record[relation.column] }))

  return (
    <section className="related">
      <h2>
        {label(relation.name)} {total !== undefined && <span className="none">{total}</span>}
      </h2>
      <AddToList target={target} parent={relation.by} id={record[relation.column] as number} />
      {data.length > 0 && (
        <div className="scroll" tabIndex={0} role="region" aria-label={label(relation.name)}>
          <table>
            <thead>
              <tr>
                {columns.map((name) => (
                  <th key={name} scope="col" className={classOf(fieldOf(target, name)!)}>
                    {label(name)}
                  </th>
                ))}
                <td />
              </tr>
            </thead>
            <tbody>
              {data.map((row) => (
                <RecordRow key={row.id} resource={target} record={row} columns={columns} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {total !== undefined && total > SHOWN && (
        <Link to={`/${target.name}?filter=${filter}`}>All {total}</Link>
      )}
    </section>
  )
}

const RelatedOf = ({ relation, record }: Omit<Props, 'target'>) => {
  const target = useDescribed(relation.resource)
  return target ? <Rows relation={relation} target={target} record={record} /> : null
}

/** The records of other resources that refer to this one. */
export const Related = ({ resource, record }: { resource: DescribedResource; record: Row }) =>
  resource.relations
    .filter(({ kind }) => kind === 'many')
    .map((relation) => <RelatedOf key={relation.name} relation={relation} record={record} />)
