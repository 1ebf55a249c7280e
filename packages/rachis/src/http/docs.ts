import path from 'path'
import type { Context, Middleware } from 'koa'
import mount from 'koa-mount'
import serve from 'koa-static'

export interface DocsOptions {
  /** Called once, at the first request. */
  readonly document: () => object
}

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <link rel="stylesheet" href="/docs/index.css" />
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/initializer.js"></script>
  </body>
</html>
`

// Without validatorUrl: null the page would send the document's address to a validator on the Internet.
const INITIALIZER = `window.ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
  deepLinking: true,
  displayOperationId: true,
  displayRequestDuration: true,
  docExpansion: 'none',
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null
})
`

/** Found by its package.json: the package itself would load the whole bundle into this process, 40 MB, to say where it is. */
const folder = () => path.dirname(require.resolve('swagger-ui-dist/package.json'))
/** What of Swagger UI the page needs; no other path is looked for on the disk. */
const FILES = new Set(['swagger-ui.css', 'index.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'].map((name) => `/docs/${name}`)) // prettier-ignore

/** Nothing from elsewhere. Swagger UI styles its elements inline, and draws its icons from data. */
const POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:", "font-src 'self' data:",
  "connect-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'self'"
].join('; ') // prettier-ignore

const answer = (ctx: Context, type: string, body: string | Buffer) => {
  ctx.type = type
  ctx.set('Cache-Control', 'no-cache')
  ctx.body = body
}

/** The paths whose answers are made here, and how. */
const answers = ({ document }: DocsOptions): Readonly<Record<string, (ctx: Context) => void>> => {
  // As bytes: a text of this size would be encoded anew for each request.
  let json: Buffer | undefined
  const page = (ctx: Context) => answer(ctx, 'html', PAGE)

  return {
    '/openapi.json': (ctx) => answer(ctx, 'json', (json ??= Buffer.from(JSON.stringify(document())))),
    '/docs': page,
    '/docs/': page,
    '/docs/initializer.js': (ctx) => answer(ctx, 'js', INITIALIZER)
  }
}

const isRead = ({ method }: Context) => method === 'GET' || method === 'HEAD'

/**
 * `/openapi.json`, and Swagger UI under `/docs`, both without any network. Not by feathers-swagger's own `swaggerUI`, which
 * loads the bundle into the server and lets any file of the package be fetched.
 *
 * @example app.use(docs({ document: () => openapi(models) }))
 */
export const docs = (options: DocsOptions): Middleware => {
  const made = answers(options)
  const files = mount('/docs', serve(folder(), { maxage: 3_600_000, index: false }))

  return async (ctx, next) => {
    const isMade = Object.hasOwn(made, ctx.path)
    if (!isRead(ctx) || !(isMade || FILES.has(ctx.path))) return next()
    ctx.set('Content-Security-Policy', POLICY)
    if (isMade) made[ctx.path]!(ctx)
    else await files(ctx, next)
  }
}
