import path from 'path'

/** A page that shows the document of the API: what it is made of, and the one script that begins it. */
export interface DocsPage {
  /** The path of the page; its own files are under it. */
  readonly path: string
  readonly html: string
  /** Served as `<path>/initializer.js`: inline scripts are not allowed. */
  readonly initializer: string
  /** Where its files lie on the disk. */
  readonly folder: string
  /** Their names; no other path is looked for there. */
  readonly files: readonly string[]
  /** Parts of the content security policy besides those that all pages have. */
  readonly policy?: readonly string[]
}

interface Parts {
  readonly path: string
  readonly styles?: readonly string[]
  readonly scripts: readonly string[]
  readonly body: string
}

const html = ({ path: place, styles = [], scripts, body }: Parts) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>API</title>
${styles.map((name) => `    <link rel="stylesheet" href="${place}/${name}" />\n`).join('')}    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png" />
  </head>
  <body>
    ${body}
${[...scripts, 'initializer.js'].map((name) => `    <script src="${place}/${name}"></script>`).join('\n')}
  </body>
</html>
`

/** Found by its package.json: the package itself would load the whole bundle into this process, 40 MB, to say where it is. */
const SWAGGER = path.dirname(require.resolve('swagger-ui-dist/package.json'))

const swagger: DocsPage = {
  path: '/docs',
  html: html({
    path: '/docs',
    styles: ['swagger-ui.css', 'index.css'],
    scripts: ['swagger-ui-bundle.js'],
    body: '<div id="swagger-ui"></div>'
  }),
  // Without validatorUrl: null the page would send the document's address to a validator on the Internet.
  initializer: `window.ui = SwaggerUIBundle({
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
`,
  folder: SWAGGER,
  files: ['swagger-ui.css', 'index.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']
}

/** Bundles of the packages redoc and @scalar/api-reference, which `scripts/reference-pages.cjs` puts there: docs/decisions.md says why. */
const REFERENCE = path.join(__dirname, '../../reference')

const redoc: DocsPage = {
  path: '/redoc',
  html: html({ path: '/redoc', scripts: ['redoc.standalone.js'], body: '<div id="redoc"></div>' }),
  initializer: `Redoc.init('/openapi.json', { nativeScrollbars: true }, document.getElementById('redoc'))
`,
  folder: REFERENCE,
  files: ['redoc.standalone.js'],
  // The index of its search.
  policy: ['worker-src blob:']
}

const scalar: DocsPage = {
  path: '/scalar',
  html: html({ path: '/scalar', scripts: ['scalar.standalone.js'], body: '<div id="scalar"></div>' }),
  // Nothing of it leads to the company's servers: fonts, its proxy, its assistant, its client and its telemetry are left out.
  initializer: `Scalar.createApiReference('#scalar', {
  url: '/openapi.json',
  withDefaultFonts: false,
  proxyUrl: '',
  telemetry: false,
  agent: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: 'never',
  documentDownloadType: 'none'
})
`,
  folder: REFERENCE,
  files: ['scalar.standalone.js']
}

export const DOCS_PAGES: readonly DocsPage[] = [swagger, redoc, scalar]

/** Nothing from elsewhere. The pages style their elements inline, and draw their icons from data. */
const POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:", "font-src 'self' data:",
  "connect-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'self'"
] // prettier-ignore

export const policyOf = ({ policy = [] }: DocsPage): string => [...POLICY, ...policy].join('; ')
