import path from 'path'
import type { PageFiles } from '../util/page-files'

/**
 * GraphiQL at the address that answers GraphQL, for browsers: `scripts/reference-pages.cjs` bundles it. Its editor writes styles of its own, and
 * works in scripts beside the page.
 *
 * @see https://github.com/graphql/graphiql
 */
export const playground: PageFiles = {
  folder: async () => path.join(__dirname, '../../reference/graphiql'),
  isLasting: () => false,
  isShared: true,
  policy: { 'style-src': "'self' 'unsafe-inline'", 'font-src': "'self' data:", 'worker-src': "'self'" }
}
