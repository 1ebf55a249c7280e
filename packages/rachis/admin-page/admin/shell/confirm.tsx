import type { ReactNode } from 'react'
import { useEffect, useId, useRef, useState } from 'react'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ReactNode
}

/** A dialog that keeps the focus until it is closed; the browser sees to that, and to Escape. */
export const Dialog = ({ title, onClose, children }: DialogProps) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => dialog.current?.showModal(), [])

  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  )
}

interface ConfirmProps extends DialogProps {
  readonly confirm: string
  readonly onConfirm: () => void
}

/** Asks before something is done that cannot be taken back. */
const Confirm = ({ title, confirm, onConfirm, onClose, children }: ConfirmProps) => (
  <Dialog title={title} onClose={onClose}>
    <p>{children}</p>
    <div className="buttons">
      <button type="button" className="danger" onClick={onConfirm}>
        {confirm}
      </button>
      <button type="button" onClick={onClose}>
        Keep
      </button>
    </div>
  </Dialog>
)

interface DeleteButtonProps {
  /** The question that is asked first. */
  readonly title: string
  readonly onConfirm: () => void
  readonly children: ReactNode
}

/** Deletes what it stands beside, once that is confirmed. */
export const DeleteButton = ({ title, onConfirm, children }: DeleteButtonProps) => {
  const [isAsked, ask] = useState(false)
  const run = () => {
    ask(false)
    onConfirm()
  }

  return (
    <>
      <button type="button" className="danger" onClick={() => ask(true)}>
        Delete
      </button>
      {isAsked && (
        <Confirm title={title} confirm="Delete" onConfirm={run} onClose={() => ask(false)}>
          {children}
        </Confirm>
      )}
    </>
  )
}
