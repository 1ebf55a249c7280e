import type { DescribedField, DescribedResource } from '../data/description'
import { useResources } from '../data/description'

export const operatorsOf = ({ shape, operators }: DescribedField) => [
  ...(shape === 'scalar' ? ['$eq'] : []),
  ...operators
]
const isFiltered = (field: DescribedField) => operatorsOf(field).length > 0

/** The fields of a resource, and of the records that its records refer to: `store.region`. */
export const useFiltered = (resource: DescribedResource): readonly DescribedField[] => {
  const resources = useResources()
  const related = resource.relations
    .filter(({ kind }) => kind === 'one')
    .flatMap(({ name, resource: target }) => {
      const fields = resources.find((one) => one.name === target)?.fields ?? []
      return fields.map((field) => ({ ...field, name: `${name}.${field.name}` }))
    })

  return [...resource.fields, ...related].filter(isFiltered)
}
