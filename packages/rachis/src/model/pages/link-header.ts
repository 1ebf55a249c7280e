import type { PageLinks, PageRelation } from './page-form'

/** Characters of the header at most: clients refuse an answer whose headers are longer than 8 to 16 KB in all. */
const MAX_LENGTH = 4096

const ORDER: readonly PageRelation[] = ['next', 'prev', 'first', 'last']

/**
 * The header `Link` of RFC 8288 for the pages around one. Of a query so long that the links would not fit, the last ones are left out.
 *
 * @example linkHeader({ next: { skip: 50 } }, (changed) => listAddress({ path: 'tasks', query: {} }, changed))
 * // '</api/v1/tasks?skip=50>; rel="next"'
 * @returns undefined where there is no other page, or the links are too long
 */
export const linkHeader = (links: PageLinks, addressOf: (changed: object) => string): string | undefined => {
  let header = ''
  for (const relation of ORDER) {
    const changed = links[relation]
    if (!changed) continue
    const link = `${header === '' ? '' : ', '}<${addressOf(changed)}>; rel="${relation}"`
    if (header.length + link.length > MAX_LENGTH) break
    header += link
  }

  return header === '' ? undefined : header
}
