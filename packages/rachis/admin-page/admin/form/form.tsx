import { Form } from 'ra-core'
import type { ReactNode } from 'react'
import { useFormState } from 'react-hook-form'
import { useIsUploading } from '../data/uploading'
import { label } from '../data/description'

const FormProblem = () => {
  const { errors } = useFormState()
  const found = Object.keys(errors).filter((name) => name !== 'root')

  return found.length > 0 ? (
    <p className="banner error" role="alert">
      Something is not right yet: {found.map(label).join(', ')}
    </p>
  ) : null
}

const Submit = ({ text }: { text: string }) => {
  const { isSubmitting } = useFormState()
  const isUploading = useIsUploading()

  return (
    <button type="submit" className="primary" disabled={isSubmitting || isUploading}>
      {text}
    </button>
  )
}

interface Props {
  readonly submit: string
  readonly children: ReactNode
  readonly beside?: ReactNode
  readonly onSubmit?: (data: object) => unknown
  readonly defaultValues?: object
  readonly warns?: boolean
}

/** A form whose errors come from the server, each shown at its field. */
export const SchemaForm = ({ submit, children, beside, onSubmit, defaultValues, warns = true }: Props) => (
  <Form
    className="form"
    noValidate
    warnWhenUnsavedChanges={warns}
    sanitizeEmptyValues={false}
    {...(onSubmit ? { onSubmit: onSubmit as never } : {})}
    {...(defaultValues ? { defaultValues } : {})}
  >
    {children}
    <div className="buttons">
      <Submit text={submit} />
      {beside}
    </div>
    <FormProblem />
  </Form>
)
