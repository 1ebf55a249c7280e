import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { createDatabase, dropDatabase, onServer } from '../helpers/database'
import { onlyInDepth } from '../helpers/depth'

const PROJECT = path.join(__dirname, '../..')

describe('npm run seed', () => {
  it('fills the database, to any size, and ends well (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    const url = await createDatabase()
    try {
      const { code, out } = await new Promise<{ code: number; out: string }>((resolve) =>
        execFile(
          process.execPath,
          ['--import=tsx', 'src/cli/seed.ts', '--scale', '1000'],
          { cwd: PROJECT, env: { ...process.env, DATABASE_URL: url } },
          (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), out: stdout + stderr })
        )
      )
      assert.deepEqual({ code, out }, { code: 0, out: 'The demonstration data is there.\n' })
      const sql =
        'select (select count(*)::int from products) as products, (select count(*)::int from orders) as orders'
      const { rows } = await onServer((client) => client.query(sql), { connectionString: url })
      assert.deepEqual(rows, [{ products: 1500, orders: 2000 }])
    } finally {
      await dropDatabase(url)
    }
  })
})
