import { singular } from '../util/singular'

/** `in_work` → `in work` */
export const titled = (name: string): string => name.replace(/_/g, ' ')

/** `order_items` → `an order item`: lists of operations show a summary without the resource beside it. */
export const oneOf = (resource: string): string => {
  const one = titled(singular(resource))
  return `${/^[aeio]/.test(one) ? 'an' : 'a'} ${one}`
}

/** `kpi` of `inventory` → `Kpi (inventory)` */
export const named = (name: string, resource: string): string =>
  `${titled(name).replace(/^./, (letter) => letter.toUpperCase())} (${titled(resource)})`
