import { useNotificationContext } from 'ra-core'
import { useEffect, useState } from 'react'
import { i18nProvider } from '../data/messages'

interface Taken {
  readonly message: string
  readonly type: string
  readonly notificationOptions?: { messageArgs?: { _?: string } }
}
interface Shown {
  readonly key: number
  readonly type: string
  readonly message: string
}
/** Milliseconds that a message is shown; one of something that went wrong stays twice as long. */
const SHOWN = 4000
let count = 0

const textOf = (message: unknown, options: { messageArgs?: { _?: string } } | undefined): string =>
  i18nProvider.translate(String(message), { _: options?.messageArgs?._ ?? String(message) })

/** Messages of what was done or failed, told to screen readers as well. */
export const Notifications = () => {
  const { notifications, takeNotification } = useNotificationContext()
  const [shown, setShown] = useState<readonly Shown[]>([])
  useEffect(() => {
    if (notifications.length === 0) return
    const taken = takeNotification()
    if (!taken) return
    const { message, type, notificationOptions } = taken as unknown as Taken
    const one = { key: ++count, type: type as string, message: textOf(message, notificationOptions) }
    setShown((before) => [...before, one].slice(-3))
    const hide = () => setShown((before) => before.filter(({ key }) => key !== one.key))
    setTimeout(hide, type === 'error' ? 2 * SHOWN : SHOWN)
  }, [notifications, takeNotification])

  return (
    <div className="notifications" role="status" aria-live="polite">
      {shown.map(({ key, type, message }) => (
        <p key={key} className={`notification ${type}`}>
          {message}
        </p>
      ))}
    </div>
  )
}
