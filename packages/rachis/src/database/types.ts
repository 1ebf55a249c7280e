import { types } from 'pg'
import { INFOS } from '../declare/column-types'

const PARSERS = new Map(INFOS.flatMap(({ driver }) => (driver ? [[driver.oid, driver.parse] as const] : [])))

/** How values of the driver become what clients read: JSON numbers, and times in RFC 3339 with a Z. */
export const wireTypes = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    (format !== 'binary' && PARSERS.get(oid)) ||
    (types.getTypeParser(oid, format as 'text') as (text: string) => unknown)
}
