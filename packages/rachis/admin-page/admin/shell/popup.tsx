import type { ReactNode } from 'react'
import { useEffect, useRef, useState } from 'react'

interface Props {
  readonly label: string
  readonly className?: string
  /** Is given what closes it. */
  readonly children: (close: () => void) => ReactNode
}

/** Opens below its button; closes by Escape and by a click elsewhere. */
export const Popup = ({ label, className = '', children }: Props) => {
  const [isOpen, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!isOpen) return undefined
    const leave = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false)
    }
    document.addEventListener('pointerdown', leave)

    return () => document.removeEventListener('pointerdown', leave)
  }, [isOpen])

  return (
    <div
      ref={root}
      className={`popup ${className}`}
      onKeyDown={({ key }) => key === 'Escape' && setOpen(false)}
    >
      <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {label}
      </button>
      {isOpen && children(() => setOpen(false))}
    </div>
  )
}
