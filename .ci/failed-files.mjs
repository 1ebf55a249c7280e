import { writeFileSync } from 'fs'
import path from 'path'
import mocha from 'mocha'

/** How many of the files that take longest are listed at the end. */
const LISTED = 40

/**
 * Mocha's usual reporter, which writes the files of failed tests and hooks into the file that FAILED_FILES names, one a line, and says at
 * the end which files took longest: the time of a run is to be spent where it tells something.
 */
export default class FailedFiles extends mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    const files = new Set()
    const seconds = new Map()
    const count = ({ file, parent, duration = 0 }) => {
      const name = path.relative(process.cwd(), file ?? parent?.file ?? '')
      seconds.set(name, (seconds.get(name) ?? 0) + duration / 1000)
    }
    runner.on('fail', ({ file, parent }) => files.add(file ?? parent?.file))
    runner.on('test end', count)
    runner.on('hook end', count)
    runner.once('end', () => {
      writeFileSync(process.env.FAILED_FILES, [...files].filter(Boolean).join('\n'))
      const longest = [...seconds].sort(([, a], [, b]) => b - a).slice(0, LISTED)
      console.log(`\n  seconds of the ${longest.length} files that took longest, of ${seconds.size}`)
      for (const [name, sum] of longest) console.log(`  ${sum.toFixed(1).padStart(7)}  ${name}`)
    })
  }
}
