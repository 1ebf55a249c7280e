import { randomBytes } from 'crypto'
import { scopeProblem } from '../rules/scopes'
import type { Application } from '../declare/declarations'
import type { ErrorDetail } from '../errors/errors'
import { hashOfSecret } from './secrets'

/** A key as its owner keeps it: `rk_<prefix>_<secret>`. */
export interface NewKey {
  readonly key: string
  /** Not secret: what the key is found, and told from others, by. */
  readonly prefix: string
  /** All that is kept of the secret. */
  readonly hash: string
}

const KEY = /^rk_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/

const hashOf = (secret: string): string => hashOfSecret(secret).toString('hex')

/** @example makeKey() // { key: 'rk_9f86d081884c7d65_…', prefix: '9f86d081884c7d65', hash: '…' } */
export const makeKey = (): NewKey => {
  const prefix = randomBytes(8).toString('hex')
  const secret = randomBytes(32).toString('base64url')

  return { key: `rk_${prefix}_${secret}`, prefix, hash: hashOf(secret) }
}

/** The parts of a key; undefined for what is none. */
export const readKey = (key: unknown): { prefix: string; hash: string } | undefined => {
  const [, prefix, secret] = (typeof key === 'string' && KEY.exec(key)) || []

  return prefix && secret ? { prefix, hash: hashOf(secret) } : undefined
}

/** What is wrong with the permissions that somebody asks for a key: each must name a resource and an operation that exist. */
export const permissionProblems = (app: Application, permissions: readonly string[]): ErrorDetail[] =>
  permissions.flatMap((permission, index) => {
    const message = scopeProblem(app.get('engine').models, permission)
    return message
      ? [{ field: `permissions.${index}`, message, rule: 'permission', provided: permission }]
      : []
  })
