const os = require('node:os')

// The reporter of .ci/run writes the names of failed files down, so that they can be run again alone.
const reporter = process.env.FAILED_FILES ? { reporter: '.ci/failed-files.mjs' } : {}

// Milliseconds for a test or a hook that asks for no more. At depth 2 random tests draw twice as much, beside two others.
const timeout =
  Number(process.env.TEST_DEPTH ?? 0) > 1 ? 180_000 * Math.max(1, process.env.TEST_DEPTH - 1) : 20_000

/** Bytes that a worker and its part of the database may need. */
const WORKER = 2 * 2 ** 30
// With `--parallel`: one more than there are cores, since tests also wait; no more than the memory holds, and than there are connections: a server
// of one's own has 100 of them by default, the embedded one 200.
const most = process.env.DATABASE_URL ? 3 : 6
const jobs = Math.max(1, Math.min(os.availableParallelism() + 1, Math.floor(os.totalmem() / WORKER), most))

module.exports = {
  jobs,
  // Tests make much that lives for a moment: with room for it, less is kept and copied by mistake, which saves a tenth of the time.
  'node-option': ['import=tsx', 'conditions=source', 'max-semi-space-size=64'],
  require: ['test/helpers/database.ts'],
  timeout,
  exit: true,
  ...reporter
}
