/** A process that writes letters, some of which it takes back, and sends webhooks, until it is killed. */
import { createApp } from '../../packages/rachis/src/create-app'
import { endWithParent } from '../helpers/child'
import { options, settingsOf } from './stage'

endWithParent()
const [url = '', migrations = '', user = '', run = '', letters = ''] = process.argv.slice(2)
const app = createApp({ ...options, migrations, config: settingsOf(url, 2) })

const write = async (count: number) => {
  const knex = app.get('postgresqlClient')
  const row = { title: `${run} ${count}`, user_id: user, remark: '', is_shared: false, is_read: false }
  const [made] = (await knex('letters').insert(row).returning('id')) as [{ id: number }]
  await knex('letters')
    .where(made)
    .update({ title: `${run} ${count} again` })
  const trx = await knex.transaction()
  await trx('letters').insert({ ...row, title: 'taken back' })
  await trx.rollback()
  app.get('engine').wake()
}

const main = async () => {
  await app.listen(0, '127.0.0.1')
  for (let count = 0; count < Number(letters); count++) await write(count)
}
void main()
