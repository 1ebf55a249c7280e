import { useEffect, useRef, useState } from 'react'

/** An answer as it is shown: what was known before stays until the next one comes. */
export interface Asked<T> {
  readonly data?: T
  readonly error?: Error
  /** Asks again. */
  readonly again: () => void
}

/**
 * What the server answers, asked again where the key is another one.
 *
 * @param key of what is asked; undefined asks nothing
 */
export const useAsk = <T>(key: string | undefined, ask: () => Promise<T>): Asked<T> => {
  const [known, setKnown] = useState<{ data?: T; error?: Error }>({})
  const [round, setRound] = useState(0)
  const asked = useRef(ask)
  asked.current = ask
  useEffect(() => {
    if (key === undefined) return undefined
    let isWanted = true
    asked.current().then(
      (data) => isWanted && setKnown({ data }),
      (error: Error) => isWanted && setKnown((before) => ({ ...before, error }))
    )
    return () => {
      isWanted = false
    }
  }, [key, round])

  return { ...known, again: () => setRound((before) => before + 1) }
}

/** Calls back once it has been quiet for a while: many changes at once are one reason to ask anew. */
export const useSettled = (work: () => void, milliseconds = 300): (() => void) => {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const latest = useRef(work)
  latest.current = work
  useEffect(() => () => clearTimeout(timer.current), [])

  return () => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => latest.current(), milliseconds)
  }
}
