import { useInput } from 'ra-core'
import type { ComponentType } from 'react'
import { useFieldArray } from 'react-hook-form'
import type { DescribedResource, Schema } from '../data/description'
import { fieldOf, label, useDescribed } from '../data/description'
import { FILES, useMayUpload } from '../data/files'
import { FileInput } from '../files/file-input'
import { FieldFrame } from './field'
import type { InputProps } from './inputs'
import { ChoiceInput, FlagInput, LineInput, LongInput, WordsInput } from './inputs'
import { JsonInput } from './json-input'
import { ReferenceInput } from './reference-input'
import type { Kind } from './schema'
import { kindOf, present } from './schema'

const INPUTS: Partial<Readonly<Record<Kind, ComponentType<InputProps>>>> = {
  choice: ChoiceInput,
  flag: FlagInput,
  long: LongInput,
  words: WordsInput,
  json: JsonInput
}

interface Props {
  readonly source: string
  readonly name: string
  readonly schema: Schema
  readonly isRequired: boolean
  /** Of the record that is written, whose fields say what they refer to. */
  readonly resource?: DescribedResource | undefined
}

/** What the ids of a field are of: of one, or of each of a list. */
const referencesOf = (schema: Schema, name: string, resource: DescribedResource | undefined) => {
  const items = schema.items as Schema | undefined
  const [one, each] = [schema['x-references'], items?.['x-references']] as (string | undefined)[]

  return { one: one ?? (resource && fieldOf(resource, name)?.references), each }
}

interface ChosenInputProps {
  readonly props: InputProps
  readonly target: DescribedResource | undefined
  readonly field: string
  readonly isMany: boolean
}
/** By what the field takes: a file, a record of another resource, or a plain value. */
const ChosenInput = ({ props, target, field, isMany }: ChosenInputProps) => {
  const mayUpload = useMayUpload()
  const Input = INPUTS[props.kind] ?? LineInput
  if (target?.name === FILES && mayUpload) return <FileInput {...props} field={field} files={target} isMany={isMany} /> // prettier-ignore
  if (!target || isMany) return <Input {...props} />

  return <ReferenceInput {...props} resource={target} />
}

const OneInput = ({ source, name, schema: given, isRequired, resource }: Props) => {
  const { schema, isNullable } = present(given)
  const { one, each } = referencesOf(schema, name, resource)
  const target = useDescribed(one ?? each)
  const { field, fieldState } = useInput({ source, defaultValue: undefined, parse: (value) => value as unknown, format: (value) => value as unknown }) // prettier-ignore
  const kind = kindOf(schema)

  return (
    <FieldFrame
      label={label(name)}
      help={schema.description as string | undefined}
      error={fieldState.error?.message}
      isRequired={isRequired}
    >
      {(described) => {
        const { value, onChange, onBlur } = field
        const props = { described, name: source, value: value as unknown, onChange, onBlur, schema, kind, isNullable, isRequired } // prettier-ignore

        return (
          <ChosenInput
            props={props}
            target={target}
            field={`${resource?.name}.${name}`}
            isMany={one === undefined}
          />
        )
      }}
    </FieldFrame>
  )
}

/** Several groups of the same fields, such as the items of an order. */
const Groups = ({ source, name, schema, resource }: Props) => {
  const { fields, append, remove } = useFieldArray({ name: source })
  const { schema: list } = present(schema)

  return (
    <fieldset className="groups">
      <legend>{label(name)}</legend>
      {fields.map(({ id }, index) => (
        <div key={id} className="group">
          <SchemaFields schema={list.items as Schema} prefix={`${source}.${index}.`} resource={resource} />
          <button
            type="button"
            onClick={() => remove(index)}
            aria-label={`Remove ${label(name)} ${index + 1}`}
          >
            Remove
          </button>
        </div>
      ))}
      <button type="button" onClick={() => append({})}>
        Add
      </button>
    </fieldset>
  )
}

const AnyInput = (props: Props) => {
  const { schema } = present(props.schema)
  const kind = kindOf(schema)
  if (kind === 'groups') return <Groups {...props} />
  if (kind !== 'group') return <OneInput {...props} />

  return (
    <fieldset>
      <legend>{label(props.name)}</legend>
      <SchemaFields schema={schema} prefix={`${props.source}.`} />
    </fieldset>
  )
}

interface FieldsProps {
  readonly schema: Schema
  readonly prefix?: string
  readonly resource?: DescribedResource | undefined
  /** Properties that are not asked for. */
  readonly without?: readonly string[]
}

/** An input for each property of a schema. Whether what they give is right, the server says. */
export const SchemaFields = ({ schema, prefix = '', resource, without = [] }: FieldsProps) => {
  const required = (schema.required ?? []) as readonly string[]
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>)

  return (
    <>
      {properties
        .filter(([name]) => !without.includes(name))
        .map(([name, inner]) => (
          <AnyInput
            key={name}
            source={prefix + name}
            name={name}
            schema={inner}
            isRequired={required.includes(name)}
            resource={resource}
          />
        ))}
    </>
  )
}
