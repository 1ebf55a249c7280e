import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { accounts } from '../../packages/rachis/src/accounts'
import type { AppOptions } from '../../packages/rachis/src/create-app'
import {
  $user,
  authenticated,
  boolean,
  defineResource,
  nullable,
  owner,
  role,
  text,
  withDefault
} from '../../packages/rachis/src/declare'
import { file, files } from '../../packages/rachis/src/files'
import type { Person } from '../../packages/rachis/src/testing/wire'
import { scratchFolder } from '../helpers/scratch'

/** What refers to files: a picture that readers see, and a contract that administrators alone read. */
export const posts = defineResource('posts', {
  soft_delete: true,
  retention: { days: 30, after: 'deleted_at' },
  indexes: ['deleted_at'],
  fields: {
    title: text(),
    user_id: owner('users'),
    is_public: withDefault(boolean(), true),
    picture_id: nullable(file({ types: ['image/png', 'image/jpeg'], max_size: 100_000 })),
    contract_id: nullable(file()),
    cover_id: nullable(file({ on_delete: 'set null' }))
  },
  access: {
    read: [{ is_public: true }, { user_id: $user.id }, role('admin')],
    create: authenticated,
    update: [{ user_id: $user.id }, role('admin')],
    remove: [{ user_id: $user.id }, role('admin')],
    fields: { contract_id: { read: role('admin'), write: [{ user_id: $user.id }, role('admin')] } }
  }
})

export const resources = [posts]
export const modules = [accounts, files()]

/** Options with a folder of files of their own. */
export const stageOf = (settings: object = {}, variants = {}): AppOptions & { readonly folder: string } => {
  const folder = scratchFolder('files')

  return {
    folder,
    resources,
    modules: [accounts, files({ variants })],
    config: { files: { folder, ...settings } }
  }
}

/** Every file below a folder, by its path from there. */
export const filesIn = async (folder: string): Promise<string[]> => {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  return found.filter((one) => one.isFile()).map((one) => path.join(path.relative(folder, one.parentPath), one.name)) // prettier-ignore
}

/** The smallest picture: one pixel. */
export const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64') // prettier-ignore

export const bearer = (person: Person): Record<string, string> =>
  person.token ? { Authorization: `Bearer ${person.token}` } : {}

interface Part {
  readonly bytes: Buffer | string
  readonly name?: string
  readonly type?: string
  readonly query?: string
}

/** An answer with its body read as JSON. */
export interface Answer {
  readonly status: number
  readonly headers: Response['headers']
  readonly body: any
}

/** Sends a form as browsers do. */
export const sendForm = async (
  url: string,
  person: Person,
  { bytes, name = 'a.png', type = 'image/png', query = '' }: Part
): Promise<Answer> => {
  const form = new FormData()
  form.append('file', new Blob([bytes], { type }), name)
  const answer = await fetch(`${url}/api/v1/files${query}`, { method: 'POST', body: form, headers: bearer(person) }) // prettier-ignore

  return { status: answer.status, headers: answer.headers, body: await answer.json() }
}

/** Asks for the bytes of a file. */
export const fetchContent = async (
  url: string,
  id: string,
  person: Person,
  { headers = {}, query = '', method = 'GET' }: { headers?: Record<string, string>; query?: string; method?: string } = {} // prettier-ignore
): Promise<Omit<Answer, 'body'> & { readonly bytes: Buffer }> => {
  const answer = await fetch(`${url}/api/v1/files/${id}/content${query}`, { method, headers: { ...bearer(person), ...headers } }) // prettier-ignore

  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) }
}
