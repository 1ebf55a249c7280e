const KEY = 'rachis:theme'
const SYSTEM = matchMedia('(prefers-color-scheme: dark)')
export type Theme = 'light' | 'dark' | 'system'

export const theme = (): Theme => {
  const kept = localStorage.getItem(KEY)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

/** Puts the chosen theme in force; that of the system where none was chosen. */
export const applyTheme = (chosen: Theme = theme()): void => {
  if (chosen === 'system') localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, chosen)
  const isDark = chosen === 'dark' || (chosen === 'system' && SYSTEM.matches)
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
}

/** Follows the system, whose colours may change while the page is open, unless somebody chose others. */
export const followSystem = (): void => SYSTEM.addEventListener('change', () => applyTheme())
