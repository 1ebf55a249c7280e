import type { AnyResource } from 'rachis'
import { analytics } from './analytics/analytics'
import { categories } from './categories/categories'
import { inventory } from './inventory/inventory'
import { orderItems } from './order-items/order-items'
import { orders } from './orders/orders'
import { productImages } from './product-images/product-images'
import { products } from './products/products'
import { replenishments } from './replenishments/replenishments'
import { stores } from './stores/stores'
import { tasks } from './tasks/tasks'

/** Every declaration of this application; modules bring theirs. A resource is served because it stands here. */
export const resources: readonly AnyResource[] = [
  tasks,
  categories,
  products,
  productImages,
  orders,
  orderItems,
  analytics,
  stores,
  inventory,
  replenishments
]
