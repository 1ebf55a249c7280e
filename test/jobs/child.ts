/** A process that takes a job, says so and never ends it. */
import { createApp } from '../../packages/rachis/src/create-app'
import { endWithParent } from '../helpers/child'
import { behaviour, options } from './stage'

endWithParent()
const [url = '', migrations = ''] = process.argv.slice(2)
behaviour.stamp = () => new Promise(() => process.stdout.write('begun'))
const config = { ...options.config, secret_key: `of-a-stage-only-${url}`, database: { url } }
void createApp({ ...options, migrations, config }).listen(0, '127.0.0.1')
