// The reporter of .ci/run writes the names of failed files down, so that they can be run again alone.
const reporter = process.env.FAILED_FILES ? { reporter: '.ci/failed-files.mjs' } : {}

module.exports = {
  'node-option': ['import=tsx', 'conditions=source'],
  require: ['test/helpers/database.ts'],
  timeout: 20000,
  exit: true,
  ...reporter
}
