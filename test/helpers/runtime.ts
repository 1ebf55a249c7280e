import path from 'node:path'
import { pathToFileURL } from 'node:url'

const ROOT = path.join(__dirname, '../..')

/** `--import`, since `-r tsx/cjs` leaves `import()` to Node, which finds no file without its ending. */
const TRANSLATED = ['--import', pathToFileURL(require.resolve('tsx')).href]
const COMPILED = ['-r', path.join(ROOT, 'scripts/compiled.cjs')]

/**
 * For children that run what was compiled: that is another text than the tests load of the same files, and counted together most of a file
 * would seem not to be covered.
 */
export const UNCOUNTED = { NODE_V8_COVERAGE: '' }

/**
 * Node's arguments before a file of the sources, from any folder: as `npm start` runs them. Where coverage is counted they are translated as
 * those are that the tests load themselves: the counts of one file are added up by places in its JavaScript.
 */
export const RUN = ['-C', 'source', ...(process.env.NODE_V8_COVERAGE ? TRANSLATED : COMPILED)]
