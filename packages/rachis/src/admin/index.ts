import type { Module } from '../module'
import { adminModule } from './module'

/**
 * The module of `/admin`: a page made from what the API says of itself to whoever is signed in, and `GET /admin/description`, which says it.
 *
 * @example createApp({ modules: [accounts, admin], resources: [notes] })
 */
export const admin = { name: 'admin', ...adminModule } satisfies Module

export type { Description } from './description'
