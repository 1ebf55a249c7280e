import type { ReactNode } from 'react'
import { useId } from 'react'

export interface Described {
  readonly id: string
  readonly 'aria-invalid': boolean
  readonly 'aria-describedby': string | undefined
}
interface Props {
  readonly label: string
  readonly help?: string | undefined
  readonly error?: string | undefined
  readonly isRequired: boolean
  readonly children: (described: Described) => ReactNode
}

/** An input with its name above, and what is to be said of it below; screen readers are told both. */
export const FieldFrame = ({ label, help, error, isRequired, children }: Props) => {
  const id = useId()
  const told = error ?? help

  return (
    <div className={`field${error ? ' invalid' : ''}`}>
      <label htmlFor={id}>
        {label}
        {isRequired && (
          <span className="required" title="required">
            {' '}
            *
          </span>
        )}
      </label>
      {children({ id, 'aria-invalid': Boolean(error), 'aria-describedby': told ? `${id}-told` : undefined })}
      {told && (
        <p id={`${id}-told`} className={error ? 'error' : 'help'}>
          {told}
        </p>
      )}
    </div>
  )
}
