/** An amount as the reader's language writes it; as a bare number where the currency is not known yet. */
export const money = (amount: number, currency?: string): string =>
  new Intl.NumberFormat(
    undefined,
    currency ? { style: 'currency', currency } : { minimumFractionDigits: 2, maximumFractionDigits: 2 }
  ).format(amount)

/** An amount without cents, where it is one of many figures. */
export const roundMoney = (amount: number, currency?: string): string =>
  new Intl.NumberFormat(undefined, {
    ...(currency ? { style: 'currency', currency } : {}),
    maximumFractionDigits: 0
  }).format(amount)

export const count = (number: number): string => new Intl.NumberFormat().format(number)

export const date = (at: string): string =>
  new Date(at).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' })

export const time = (at: string): string =>
  new Date(at).toLocaleString(undefined, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit'
  })

/** `in_progress` → `In progress` */
export const words = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replace(/_/g, ' ')

export const plural = (number: number, one: string, many = `${one}s`): string =>
  `${count(number)} ${number === 1 ? one : many}`
