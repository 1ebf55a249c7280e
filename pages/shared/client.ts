import type { ServiceTypes } from 'rachis'
import type {} from 'rachis/admin'
import { createClient } from 'rachis/client'
import type { RowOf } from 'rachis/client'
import type {} from '../../src/services/resources'
import type {} from '../../src/settings'

/** Typed by the declarations. Shares its session with the admin page and with every tab: a refresh token is good once. */
export const client = createClient<ServiceTypes>(location.origin, { storage: localStorage })

export type Product = RowOf<ServiceTypes['products']>
export type Order = RowOf<ServiceTypes['orders']>
export type Item = RowOf<ServiceTypes['inventory']>
export type Store = RowOf<ServiceTypes['stores']>
export type Replenishment = RowOf<ServiceTypes['replenishments']>
