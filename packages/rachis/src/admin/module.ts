import path from 'path'
import { isDevelopment } from '../errors/errors'
import type { Module, ModuleContext } from '../module'
import { builtPage } from '../util/built-page'
import type { BuiltPages } from '../util/built-page'
import type { PageFiles } from '../util/page-files'
import { adminResource } from './resources/admin'
import { savedViews } from './resources/saved-views'

/** As `npm run compile` makes them, beside the compiled modules; the sources are in the repository of the engine only. */
const pagesOf = ({ app, root }: ModuleContext): BuiltPages => ({
  built: path.join(__dirname, '../admin-page'),
  source: path.join(__dirname, '../../admin-page'),
  bundles: path.resolve(root, app.get('database').data_dir, 'pages')
})

/** What whoever develops sees at the root of the host; its files are beside it. */
const landing = (page: PageFiles) => ({ '/landing': page, '/': page })

/** Every part of the module but its name. */
export const adminModule = {
  resources: [adminResource, savedViews],
  migrations: path.join(__dirname, 'migrations'),
  pages: (context) => ({
    // Pictures that only their reader may have are fetched with the token, and shown from memory.
    '/admin': { ...builtPage(pagesOf(context), 'admin'), policy: { 'img-src': "'self' data: blob:" } },
    ...(isDevelopment() ? landing(builtPage(pagesOf(context), 'landing')) : {})
  })
} satisfies Omit<Module, 'name'>
