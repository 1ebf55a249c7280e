import type { AnyResource } from '../resource'
import { audit } from './audit/audit'
import { auth } from './auth/auth'
import { categories } from './categories/categories'
import { products } from './products/products'
import { tasks } from './tasks/tasks'
import { sessions } from './users/sessions'
import { users } from './users/users'

/** Every declaration. A resource is served because it stands here. */
export const resources: readonly AnyResource[] = [audit, auth, users, sessions, tasks, categories, products]
