import { Client } from 'pg'
import { createApp } from '../../src/app'

/**
 * A process of its own with a durable consumer that notes in `deliveries` what it consumes, and fails while `failing` names the title of
 * a task. It says when it is ready.
 */
const main = async () => {
  const url = process.env.DATABASE_URL!
  const client = new Client({ connectionString: url })
  await client.connect()
  const app = createApp({ config: { database: { url }, feed: { lease: 1 } } })
  app.get('engine').feed.consume({
    name: 'notes',
    delivery: 'durable',
    async consume(changes) {
      for (const { id, resource, after } of changes.filter((change) => change.resource === 'tasks')) {
        const note = 'insert into deliveries (change_id, pid, title) values ($1, $2, $3)'
        await client.query(note, [id, process.pid, after?.title])
        const { rows } = await client.query('select from failing where title = $1', [after?.title])
        if (rows.length > 0) throw new Error(`The consumer of ${resource} fails`)
      }
    }
  })
  await app.listen(0, '127.0.0.1')
  process.stdout.write('ready\n')
}

void main()
