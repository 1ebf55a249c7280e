import os from 'node:os'
import path from 'node:path'

/** Where the processes of one run of tests share what takes long to make; whoever needs it first makes it. It is removed after the run. */
export const runFolder = (): string =>
  path.join(os.tmpdir(), `rachis-run-${process.env.RACHIS_TEST_RUN ?? process.pid}`)
