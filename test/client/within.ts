import { setTimeout as pause } from 'node:timers/promises'

/** Resolves once the assertions hold. @throws what does not hold after ten seconds */
export const within = async (assertions: () => void, milliseconds = 10_000): Promise<void> => {
  const end = Date.now() + milliseconds
  for (;;) {
    try {
      return assertions()
    } catch (error) {
      if (Date.now() > end) throw error
    }
    await pause(20)
  }
}
