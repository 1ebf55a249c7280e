import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { parse, parseAllDocuments } from 'yaml'
import { DEFAULTS, VARIABLES } from '../helpers/settings'
import type { Settings } from '../../packages/rachis/src/declare/declarations'

const ROOT = path.join(__dirname, '../..')
const read = (file: string) => fs.readFileSync(path.join(ROOT, file), 'utf8')
const has = (program: string, ...args: string[]) => spawnSync(program, args).status === 0

interface Yaml {
  readonly [name: string]: any
}

/** What the server reads besides its settings. */
const KNOWN = new Set([...Object.values(VARIABLES), 'NODE_ENV', 'LOG_LEVEL'])
const assertKnown = (names: readonly string[]) => {
  for (const name of names) assert.ok(KNOWN.has(name) || KNOWN.has(name.replace(/_FILE$/, '')), name)
}
const { shutdown_grace } = (DEFAULTS as Settings).http
/** Beyond its grace the server has ten seconds for its database. */
const needed = (delay: number) => delay + shutdown_grace + 10

/** A file as it stands in the checkout, with something in the place of what this machine does not have. */
const variant = (file: string, from: string, to: string): string => {
  const text = read(file)
  assert.ok(text.includes(from), from)
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rachis-deploy-'))
  const copy = path.join(folder, path.basename(file))
  fs.writeFileSync(copy, text.replaceAll(from, to))

  return copy
}

describe('the image', () => {
  const lines = read('Dockerfile').split('\n')
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')))
  const value = (name: string) => last.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1)

  it('runs as nobody in particular, by Node itself, and says how it is', () => {
    assert.equal(value('USER'), 'node')
    assert.deepEqual(JSON.parse(value('CMD')!), ['node', 'lib/'])
    assert.equal(value('STOPSIGNAL'), 'SIGTERM')
    assert.match(last.join('\n'), /HEALTHCHECK [\s\S]*\/health`/)
    assert.match(value('ENV')!, /NODE_ENV=production/)
    assertKnown(value('ENV')!.split(' ').map((one) => one.split('=')[0]!))
  }) // prettier-ignore

  it('has a check that is Node, and fails where nobody answers', () => {
    const [, ...args] = JSON.parse(/CMD (\["node", "-e".*\])/.exec(last.join('\n'))![1]!) as string[]
    const { status } = spawnSync(process.execPath, args, { env: { ...process.env, PORT: '1' } })
    assert.equal(status, 1)
  })

  it('is built of what is compiled, of no test and no secret', () => {
    const ignored = read('.dockerignore').split('\n')
    for (const name of ['.git', '.env', 'node_modules', 'test']) assert.ok(ignored.includes(name), name)
    const copied = lines.filter((line) => line.startsWith('COPY packages/')).map((line) => /packages\/[\w-]+/.exec(line)![0])
    const packages = fs.readdirSync(path.join(ROOT, 'packages')).map((name) => `packages/${name}`)
    assert.deepEqual(copied.sort(), packages.sort())
  }) // prettier-ignore
})

describe('compose.yaml', () => {
  const { services, secrets, volumes } = parse(read('compose.yaml')) as Yaml

  it('has two processes of the API, PostgreSQL, Redis, and nginx in front', () => {
    assert.deepEqual(Object.keys(services).sort(), ['api', 'nginx', 'postgres', 'redis'])
    assert.equal(services.api.deploy.replicas, 2)
    // Only nginx can be reached from outside.
    for (const [name, { ports }] of Object.entries(services as Yaml)) assert.equal(ports !== undefined, name === 'nginx')
  }) // prettier-ignore

  it('sets what there is to be set, hands secrets over as files, and waits for a server that stops', () => {
    const { environment } = services.api
    assertKnown(Object.keys(environment))
    for (const name of ['SECRET_KEY_FILE', 'DATABASE_PASSWORD_FILE'])
      assert.ok(services.api.secrets.includes(path.basename(environment[name])) && secrets[path.basename(environment[name])], name)
    assert.equal(new URL(environment.DATABASE_URL).password, '')
    assert.ok(parseInt(services.api.stop_grace_period) >= needed(Number(environment.SHUTDOWN_DELAY)))
    for (const { healthcheck } of [services.postgres, services.redis]) assert.ok(healthcheck)
    assert.ok('postgres' in volumes)
  }) // prettier-ignore

  it('has an nginx that passes websockets on, and takes what the server takes', function () {
    const text = read('deploy/nginx.conf')
    for (const part of ['proxy_set_header Upgrade $http_upgrade', 'location /socket.io/', 'proxy_buffering off'])
      assert.ok(text.includes(part), part)
    const keepAlive = Number(/\n\s*keepalive_timeout (\d+)s/.exec(text)![1])
    assert.ok(keepAlive < (DEFAULTS as Settings).http.keep_alive_timeout)
    if (!has('nginx', '-v')) this.skip()
    const checked = spawnSync('nginx', ['-t', '-c', variant('deploy/nginx.conf', 'server api:3030', 'server 127.0.0.1:3030')], { encoding: 'utf8' })
    assert.equal(checked.status, 0, checked.stderr)
  }) // prettier-ignore
})

describe('the manifests of Kubernetes', () => {
  const documents = parseAllDocuments(read('deploy/kubernetes/rachis.yaml')).map((one) => {
    assert.deepEqual(one.errors, [])
    return one.toJSON() as Yaml
  })
  const deployment = documents.find(({ kind }) => kind === 'Deployment')!.spec
  const pod = deployment.template.spec
  const [api] = pod.containers

  it('roll out without a moment in which nobody serves', () => {
    assert.deepEqual(deployment.strategy.rollingUpdate, { maxUnavailable: 0, maxSurge: 1 })
    assert.ok(deployment.replicas >= 2)
    const env = Object.fromEntries(api.env.map(({ name, value }: Yaml) => [name, value]))
    assertKnown(Object.keys(env))
    assert.ok(
      Number(env.SHUTDOWN_DELAY) > api.readinessProbe.periodSeconds * api.readinessProbe.failureThreshold
    )
    assert.ok(pod.terminationGracePeriodSeconds >= needed(Number(env.SHUTDOWN_DELAY)))
  })

  it('ask for health where it is told, and run as nobody in particular', () => {
    assert.equal(api.readinessProbe.httpGet.path, '/health/ready')
    // A database that is away must not have every process started anew.
    for (const probe of [api.livenessProbe, api.startupProbe]) assert.equal(probe.httpGet.path, '/health')
    assert.equal(pod.securityContext.runAsNonRoot, true)
    assert.equal(api.securityContext.readOnlyRootFilesystem, true)
    const labels = deployment.template.metadata.labels
    for (const { kind, spec } of documents.filter(({ kind }) => kind !== 'Ingress'))
      assert.deepEqual(kind === 'Service' ? spec.selector : spec.selector.matchLabels, labels)
  })

  it('are what the schemas of Kubernetes ask for', function () {
    const file = path.join(ROOT, 'deploy/kubernetes/rachis.yaml')
    // pip install kubernetes-validate
    if (!has('kubernetes-validate', '--help')) this.skip()
    const checked = spawnSync('kubernetes-validate', ['--strict', file], { encoding: 'utf8' })
    assert.equal(checked.status, 0, checked.stdout + checked.stderr)
  })
})

describe('the unit of systemd', () => {
  it('is one that systemd takes, and waits for a server that stops', function () {
    const text = read('deploy/rachis.service')
    assert.ok(Number(/TimeoutStopSec=(\d+)/.exec(text)![1]) >= needed(0) + 10)
    if (!has('systemd-analyze', '--version')) this.skip()
    const unit = variant('deploy/rachis.service', '/usr/bin/node', process.execPath)
    const checked = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' })
    assert.deepEqual([checked.status, checked.stderr], [0, ''])
  })
})

describe('app.yaml of Databricks', () => {
  const { command, env } = parse(read('app.yaml')) as Yaml

  it('starts the server by the variables that Databricks sets', function () {
    if (process.platform === 'win32') this.skip()
    assertKnown(env.map(({ name }: Yaml) => name))
    const [shell, ...args] = command as string[]
    assert.ok(args.at(-1)!.includes('exec npm start'))
    const shown = [...args.slice(0, -1), args.at(-1)!.replace('exec npm start', 'env')]
    const given = { PATH: process.env.PATH, DATABRICKS_APP_PORT: '8123', PGHOST: 'db.example', PGUSER: 'an-id', PGDATABASE: 'shop' }
    const { stdout } = spawnSync(shell!, shown, { env: given, encoding: 'utf8' })
    for (const line of ['HOST=0.0.0.0', 'PORT=8123', 'DATABASE_URL=postgresql://an-id@db.example:5432/shop?sslmode=require'])
      assert.ok(stdout.split('\n').includes(line), stdout)
  }) // prettier-ignore

  it('asks Databricks for the password with the name of the app, and says nothing of it where there is none', async () => {
    const seen: string[] = []
    let status = 200
    const server = http.createServer((request, response) => {
      const login = Buffer.from(request.headers.authorization!.slice(6), 'base64').toString()
      void request.setEncoding('utf8').on('data', (body: string) => seen.push(`${request.url} ${login} ${body}`))
      request.on('end', () => response.writeHead(status).end(JSON.stringify({ access_token: 'a-token' })))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const DATABRICKS_HOST = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const given = { ...process.env, DATABRICKS_HOST, DATABRICKS_CLIENT_ID: 'app', DATABRICKS_CLIENT_SECRET: 's3cret' }
    const run = () => promisify(execFile)(process.execPath, [path.join(ROOT, 'deploy/databricks/token.cjs')], { env: given })
    assert.equal((await run()).stdout, 'a-token\n')
    assert.deepEqual(seen, ['/oidc/v1/token app:s3cret grant_type=client_credentials&scope=all-apis'])
    status = 401
    const { stdout, stderr } = (await run().catch((error: unknown) => error)) as { stdout: string; stderr: string }
    assert.deepEqual([stdout, stderr], ['', 'Databricks answered 401 to the request for a token\n'])
    server.close()
  }) // prettier-ignore
})
