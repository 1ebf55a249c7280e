import path from 'path'
import { builtPage } from 'rachis'
import type { BuiltPages, Module, ModuleContext } from 'rachis'

/** As `npm run compile` makes them, beside this file; their sources are beside the folder of the program. */
const placesOf = ({ app, root }: ModuleContext): BuiltPages => ({
  built: path.join(__dirname, 'pages'),
  source: path.join(root, 'pages'),
  bundles: path.resolve(root, app.get('database').data_dir, 'pages')
})

/** Pictures of products may be addresses elsewhere. */
const PICTURES = { policy: { 'img-src': "'self' data: https:" } }

/** The front ends: what customers see, and what those see who keep the stock. */
export const pages = {
  name: 'pages',
  pages: (context) => ({
    '/shop': { ...builtPage(placesOf(context), 'shop'), ...PICTURES },
    '/stock': builtPage(placesOf(context), 'stock')
  })
} satisfies Module
