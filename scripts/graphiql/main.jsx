// The page at /graphql while one develops: GraphiQL on this server. `node scripts/reference-pages.cjs` bundles it into the engine.
import { createGraphiQLFetcher } from '@graphiql/toolkit'
import { GraphiQL } from 'graphiql'
import 'graphiql/style.css'
import { createClient } from 'graphql-ws'
import { createRoot } from 'react-dom/client'

/** What the editor works in beside the page, by the language that it asks for. */
const WORKERS = { graphql: 'graphql', json: 'json' }
globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(`/graphql/${WORKERS[label] ?? 'editor'}.worker.js`)
}

const WELCOME = `# The fields of this API. Ctrl-Space shows what can stand where the cursor is, Ctrl-Enter runs the document.
#
# To call as somebody, sign in, and write the token under Headers; subscriptions take it as well:
#
#   mutation { auth_login(input: { email: "", password: "" }) { access_token } }
#   { "Authorization": "Bearer ..." }

`

const socket = location.origin.replace(/^http/, 'ws')

/** A socket for each subscription, because the first message of a socket is the one that says who calls. */
const fetcher = (params, options) =>
  createGraphiQLFetcher({
    url: '/graphql',
    wsClient: createClient({ url: `${socket}/graphql`, connectionParams: options?.headers })
  })(params, options)

createRoot(document.getElementById('root')).render(
  <GraphiQL fetcher={fetcher} defaultQuery={WELCOME} defaultEditorToolsVisibility="headers" />
)
