import { spawn, spawnSync } from 'child_process'
import { once } from 'events'
import fs from 'fs'
import os from 'os'
import path from 'path'
import { World } from '../helpers/world'
import { anonymous, PASSWORD } from '../helpers/world'
import { freePort } from './release'

const ROOT = path.join(__dirname, '../..')

/** The configuration of compose.yaml, with what this machine has in place of the names of containers. */
const configuration = (folder: string, port: string, ports: readonly string[]) =>
  fs
    .readFileSync(path.join(ROOT, 'deploy/nginx.conf'), 'utf8')
    .replace('server api:3030 max_fails=0;', ports.map((one) => `server 127.0.0.1:${one} max_fails=0;`).join(' '))
    .replace('listen 80;', `listen 127.0.0.1:${port};`)
    .replace('worker_processes auto;', `worker_processes 1; daemon off; pid ${folder}/pid; error_log ${folder}/error.log;`)
    .replace('http {', `http { access_log off; ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}`) // prettier-ignore

const start = async (ports: readonly string[]) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rachis-nginx-'))
  fs.chmodSync(folder, 0o777)
  const port = await freePort()
  const file = path.join(folder, 'nginx.conf')
  fs.writeFileSync(file, configuration(folder, port, ports))
  const child = spawn('nginx', ['-c', file, '-p', folder], { stdio: 'ignore' })
  const exited = once(child, 'exit')

  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGTERM')
      await exited
      fs.rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** Starts nginx as compose.yaml has it in front of these ports; undefined where it is not installed. */
export const nginx = spawnSync('nginx', ['-v']).status === 0 ? start : undefined

/**
 * Writes and reads through a proxy, and hears of it over a websocket, while something else is done.
 *
 * @returns how many calls there were, those that were not answered as they should be, and the records that the websocket was not told of
 */
export const usedMeanwhile = async (url: string, work: () => Promise<void>) => {
  const world = new World(undefined as never, url, '')
  const body = { email: 'ann@example.com', username: 'annabel', password: PASSWORD }
  const joined = await world.rest(anonymous, 'POST', '/auth/register', { body })
  const owner = { name: 'ann', id: joined.body.user.id as number, email: body.email, token: joined.body.access_token as string } // prettier-ignore
  const refused: string[] = []
  const created: number[] = []
  const told = new Set<number>()
  let calls = 0
  let isOver = false
  const listen = async () => {
    while (!isOver) {
      // The one before was closed by a process that has ended: its client comes back by itself, to another one.
      const listener = await world.socket(owner).catch(() => undefined)
      listener?.socket.on('tasks created', ({ id }: { id: number }) => told.add(id))
      if (listener) await new Promise((resolve) => listener.socket.once('disconnect', resolve))
    }
  }
  const use = async () => {
    while (!isOver) {
      const made = await world.rest(owner, 'POST', '/tasks', { body: { title: 'x' } }).catch((error: unknown) => ({ status: String(error), body: { id: 0 } })) // prettier-ignore
      if (made.status === 201) created.push(made.body.id as number)
      else refused.push(`POST ${made.status}`)
      const read = await world.rest(owner, 'GET', '/tasks?limit=5').catch((error: unknown) => ({ status: String(error) })) // prettier-ignore
      if (read.status !== 200) refused.push(`GET ${read.status}`)
      calls += 2
    }
  }
  const all = [use(), use()]
  void listen().catch(() => undefined)
  await work()
  isOver = true
  await Promise.all(all)
  world.hangUp()

  return { calls, refused, created: created.length, told: told.size }
}
