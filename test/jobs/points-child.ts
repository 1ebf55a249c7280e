/** A process that runs jobs and takes calls, says its port, and is killed. */
import type { AddressInfo } from 'node:net'
import { createApp } from '../../packages/rachis/src/create-app'
import { endWithParent } from '../helpers/child'
import { runnerOf } from './points'

endWithParent()
const [url = '', migrations = ''] = process.argv.slice(2)
void createApp(runnerOf(url, migrations))
  .listen(0, '127.0.0.1')
  .then((server) => process.send!({ port: (server.address() as AddressInfo).port }))
