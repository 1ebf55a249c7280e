import type { AnyResource } from 'rachis'
import { analytics } from './analytics/analytics'
import { apiKeys } from 'rachis/accounts'
import { audit } from 'rachis/accounts'
import { auth } from 'rachis/accounts'
import { oneTimeTokens } from 'rachis/accounts'
import { categories } from './categories/categories'
import { identities } from 'rachis/accounts'
import { orderItems } from './order-items/order-items'
import { orders } from './orders/orders'
import { products } from './products/products'
import { mfaFactors } from 'rachis/accounts'
import { recoveryCodes } from 'rachis/accounts'
import { inventory } from './inventory/inventory'
import { replenishments } from './replenishments/replenishments'
import { securityEvents } from 'rachis/accounts'
import { stores } from './stores/stores'
import { tasks } from './tasks/tasks'
import { sessions } from 'rachis/accounts'
import { users } from 'rachis/accounts'

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
