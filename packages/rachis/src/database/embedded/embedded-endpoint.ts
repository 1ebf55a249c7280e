import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { makePrivateFolder, type Account } from './embedded-account'

/** How the server is reached. */
export interface Endpoint {
  /** of the socket, where there is one */
  readonly folder?: string
  readonly address: { host: string; port: number }
  readonly settings: Record<string, string | number>
  remove(): void
}

// only a part of the socket's name; not 5432, so that a client that loses the host finds nobody's server
const SOCKET_PORT = 1
// sun_path holds 108 bytes on Linux and 104 on macOS, with a zero at the end
const SOCKET_PATH_BYTES = process.platform === 'darwin' ? 103 : 107
const OUTSIDE = 'rachis-'

function isTooLong(folder: string): boolean {
  return Buffer.byteLength(path.join(folder, `.s.PGSQL.${SOCKET_PORT}`)) > SOCKET_PATH_BYTES
}

function removeSocketFolder(inside: string) {
  const isLink = fs.lstatSync(inside, { throwIfNoEntry: false })?.isSymbolicLink()
  const outside = isLink ? fs.readlinkSync(inside) : ''
  if (path.basename(outside).startsWith(OUTSIDE)) fs.rmSync(outside, { recursive: true, force: true })
  fs.rmSync(inside, { recursive: true, force: true })
}

function makeSocketFolder(inside: string, account: Account | undefined): string {
  removeSocketFolder(inside)
  const isOutside = isTooLong(inside)
  const folder = isOutside ? fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), OUTSIDE))) : inside
  makePrivateFolder(folder, account)
  // tells the next start what to remove, should this process be killed
  if (isOutside) fs.symlinkSync(folder, inside)
  return folder
}

function socketEndpoint(inside: string, account: Account | undefined): Endpoint {
  const folder = makeSocketFolder(inside, account)
  // the setting is a list: without quotes a comma in the path would end it
  const quoted = `"${folder.replaceAll('"', '""')}"`
  return {
    folder,
    address: { host: folder, port: SOCKET_PORT },
    settings: { listen_addresses: '', unix_socket_directories: quoted, port: SOCKET_PORT },
    remove: () => removeSocketFolder(inside)
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo
      server.close(() => resolve(port))
    })
  })
}

async function loopbackEndpoint(): Promise<Endpoint> {
  const [host, port] = ['127.0.0.1', await freePort()]
  const settings = { listen_addresses: host, unix_socket_directories: '', port }
  return { address: { host, port }, settings, remove: () => undefined }
}

/** A socket in the folder, or in a temporary one where its path would be too long; a port on Windows. */
export async function openEndpoint(inside: string, account: Account | undefined): Promise<Endpoint> {
  return process.platform === 'win32' ? loopbackEndpoint() : socketEndpoint(inside, account)
}
