import { useStore } from 'ra-core'
import type { DescribedField, DescribedResource } from '../data/description'
import { fieldOf, label } from '../data/description'
import { Popup } from '../shell/popup'

/** Columns that are shown until somebody chooses others. */
const AT_FIRST = 7
const LATE = ['created_at', 'updated_at', 'version', 'metadata']

/** The title first, then what is short. */
const usual = ({ fields, title }: DescribedResource): string[] => {
  const isShort = ({ name, shape, schema }: DescribedField) =>
    shape === 'scalar' && name !== 'id' && name !== title && !LATE.includes(name) && !((schema.maxLength as number) > 300)
  const rest = fields.filter(isShort).map(({ name }) => name)

  return [...new Set(['id', title, ...rest])].slice(0, AT_FIRST)
} // prettier-ignore

/** The columns that whoever sits here has chosen; null where they have not. */
export const useChosenColumns = (resource: DescribedResource) =>
  useStore<string[] | null>(`${resource.name}.columns`, null)

/** The columns of a list, as they are shown. */
export const useColumns = (resource: DescribedResource) => {
  const [chosen, setChosen] = useChosenColumns(resource)
  const names = (chosen ?? usual(resource)).filter((name) => fieldOf(resource, name))

  return [names, setChosen] as const
}

interface ColumnsProps {
  readonly resource: DescribedResource
  readonly columns: readonly string[]
  readonly onChange: (columns: string[] | null) => void
}

/** Chooses the columns of a list. */
export const ColumnsButton = ({ resource, columns, onChange }: ColumnsProps) => {
  const toggle = (name: string, isShown: boolean) =>
    onChange(
      resource.fields.map((field) => field.name).filter((one) => (one === name ? isShown : columns.includes(one)))
    ) // prettier-ignore

  return (
    <Popup label="Columns" className="columns">
      {() => (
        <fieldset>
          <legend className="hidden">Columns</legend>
          {resource.fields.map(({ name }) => (
            <label key={name} className="check">
              <input
                type="checkbox"
                checked={columns.includes(name)}
                onChange={(event) => toggle(name, event.target.checked)}
              />
              {label(name)}
            </label>
          ))}
          <button type="button" onClick={() => onChange(null)}>
            As at first
          </button>
        </fieldset>
      )}
    </Popup>
  )
}
