import path from 'node:path'

const ROOT = path.join(__dirname, '../..')

/**
 * Node's arguments before a file of the sources, from any folder: as `npm start` runs them. Where coverage is counted they are translated as
 * those are that the tests load themselves: the counts of one file are added up by places in its JavaScript.
 */
export const RUN = [
  '-C',
  'source',
  '-r',
  process.env.NODE_V8_COVERAGE ? require.resolve('tsx/cjs') : path.join(ROOT, 'scripts/compiled.cjs')
]
