/** What a query string says beside fields: a field of one of these names could never be filtered by. */
export const PARAMETERS = [
  'limit', 'skip', 'page', 'page_size', 'sort', 'fields', 'filter', 'search', 'include', 'count', 'after', 'before', 'cursor'
] as const // prettier-ignore
