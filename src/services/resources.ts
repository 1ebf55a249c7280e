import type { AnyResource } from '../resource'
import { analytics } from './analytics/analytics'
import { apiKeys } from './api-keys/api-keys'
import { audit } from './audit/audit'
import { auth } from './auth/auth'
import { oneTimeTokens } from './auth/one-time-tokens'
import { categories } from './categories/categories'
import { identities } from './identities/identities'
import { orderItems } from './order-items/order-items'
import { orders } from './orders/orders'
import { products } from './products/products'
import { mfaFactors } from './mfa/mfa-factors'
import { recoveryCodes } from './mfa/recovery-codes'
import { inventory } from './inventory/inventory'
import { replenishments } from './replenishments/replenishments'
import { securityEvents } from './security-events/security-events'
import { stores } from './stores/stores'
import { tasks } from './tasks/tasks'
import { sessions } from './users/sessions'
import { users } from './users/users'

/** Every declaration. A resource is served because it stands here. */
export const resources: readonly AnyResource[] = [
  audit,
  auth,
  users,
  sessions,
  identities,
  apiKeys,
  oneTimeTokens,
  mfaFactors,
  recoveryCodes,
  securityEvents,
  tasks,
  categories,
  products,
  orders,
  orderItems,
  analytics,
  stores,
  inventory,
  replenishments
]
