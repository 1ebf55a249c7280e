import { useId, useState } from 'react'
import type { Id } from '../data/client'
import type { DescribedResource } from '../data/description'
import { ReferenceInput } from './reference-input'

interface Props {
  /** Of the value in the data of the form: the id of the record, or an empty text. */
  readonly name: string
  readonly label: string
  readonly resource: DescribedResource
  readonly isRequired?: boolean
}

/** A record that is looked for by its name, in a form that is read as `FormData`. */
export const ReferenceChoice = ({ name, label, resource, isRequired = false }: Props) => {
  const [chosen, setChosen] = useState<Id>()
  const id = useId()
  const described = { id, 'aria-invalid': false, 'aria-describedby': undefined, required: isRequired }

  return (
    <span className="named">
      <label htmlFor={id}>{label}</label>
      <ReferenceInput
        described={described}
        name={`${name}_shown`}
        value={chosen}
        onChange={(value) => setChosen(value as Id | undefined)}
        onBlur={() => undefined}
        schema={{}}
        kind="number"
        isNullable={false}
        isRequired={isRequired}
        resource={resource}
      />
      <input type="hidden" name={name} value={chosen ?? ''} />
    </span>
  )
}
