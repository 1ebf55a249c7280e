import { existsSync } from 'fs'
import path from 'path'
import type { PageFiles } from './page-files'

/** Where the pages of a module are, each in a folder of its name. */
export interface BuiltPages {
  /** The folder that a build made; where it is not there, the sources are bundled. */
  readonly built: string
  /** The folder of the sources. Its `build.cjs` exports `buildInto(folder)`: bundles them there unless they are, and resolves to the folder of the bundle. */
  readonly source: string
  /** Where bundles of sources are kept. */
  readonly bundles: string
}
interface Builder {
  buildInto(folder: string): Promise<string>
}

/** Names of files that change with their content end in it: `main-QX5TK2LB.js`. */
const LASTING = /-[A-Z0-9]{8}\.\w+$/

/** The folder with a folder for each page. */
const foldersOf = async ({ built, source, bundles }: BuiltPages): Promise<string> => {
  if (existsSync(built)) return built
  const builder = require(path.join(source, 'build.cjs')) as Builder

  return builder.buildInto(bundles)
}

/**
 * A page that is bundled from sources: as a build made it, or bundled when it is first asked for.
 *
 * @param pages where they are
 * @param name of its folder
 * @example builtPage({ built: 'lib/pages', source: 'pages', bundles: '.data/pages' }, 'status')
 */
export const builtPage = (pages: BuiltPages, name: string): PageFiles => ({
  folder: async () => path.join(await foldersOf(pages), name),
  isLasting: (file) => LASTING.test(file)
})
