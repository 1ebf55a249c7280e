/** A process that serves files, says its port, and answers each message by the most memory that it has had, in bytes. */
import type { AddressInfo } from 'node:net'
import { createApp } from '../../packages/rachis/src/create-app'
import { endWithParent } from '../helpers/child'
import { modules, resources } from './stage'

const [url = '', migrations = '', folder = ''] = process.argv.slice(2)
const config = {
  secret_key: `of-a-stage-only-${url}`,
  database: { url },
  http: { request_timeout: 600 },
  files: { folder, max_size: 4e9, owner_bytes: 8e9, types: ['application/octet-stream'] }
}
endWithParent()
process.on('message', () => process.send!({ memory: process.resourceUsage().maxRSS * 1024 }))
void createApp({ resources, modules, migrations, config })
  .listen(0, '127.0.0.1')
  .then((server) => process.send!({ port: (server.address() as AddressInfo).port }))
