import { writeFileSync } from 'fs'
import mocha from 'mocha'

/** Mocha's usual reporter, which writes the files of failed tests and hooks into the file that FAILED_FILES names, one a line. */
export default class FailedFiles extends mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    const files = new Set()
    runner.on('fail', ({ file, parent }) => files.add(file ?? parent?.file))
    runner.once('end', () => writeFileSync(process.env.FAILED_FILES, [...files].filter(Boolean).join('\n')))
  }
}
