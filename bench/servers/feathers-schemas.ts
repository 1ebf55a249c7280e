import { Ajv, addFormats, resolve } from '@feathersjs/schema'
import { getValidator, querySyntax, Type } from '@feathersjs/typebox'
import type { HookContext } from '@feathersjs/feathers'

// As the CLI writes validators.ts.
const formats = ['date-time', 'time', 'date', 'email', 'hostname', 'uri', 'uuid'] as const
const dataValidator = addFormats(new Ajv({}), [...formats])
const queryValidator = addFormats(new Ajv({ coerceTypes: true }), [...formats])

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()])
const Time = () => Type.String({ format: 'date-time' })
type Record_ = Record<string, unknown>

const ownId = async (value: unknown, _row: unknown, { params }: HookContext) =>
  (params.user as { id: number } | undefined)?.id ?? value
const now = async () => new Date().toISOString()

const userSchema = Type.Object(
  {
    id: Type.Number(),
    email: Type.String(),
    username: Type.String(),
    password: Type.Optional(Type.String()),
    first_name: Nullable(Type.String()),
    last_name: Nullable(Type.String()),
    role: Type.String(),
    is_active: Type.Boolean(),
    is_verified: Type.Boolean(),
    last_login: Nullable(Time()),
    created_at: Time(),
    updated_at: Time()
  },
  { $id: 'User', additionalProperties: false }
)
const userData = Type.Pick(userSchema, ['email', 'username', 'password'], { $id: 'UserData' })
const userQuery = Type.Pick(userSchema, ['id', 'email', 'username'])

const productSchema = Type.Object(
  {
    id: Type.Number(),
    name: Type.String({ minLength: 1, maxLength: 255 }),
    description: Nullable(Type.String()),
    sku: Type.String({ minLength: 3, maxLength: 64 }),
    price: Type.Number({ minimum: 0 }),
    cost: Nullable(Type.Number({ minimum: 0 })),
    category_id: Nullable(Type.Number()),
    brand: Nullable(Type.String()),
    stock_quantity: Type.Integer({ minimum: 0 }),
    reorder_level: Type.Integer({ minimum: 0 }),
    weight: Nullable(Type.Number({ minimum: 0 })),
    dimensions: Type.Object({}),
    attributes: Type.Object({}),
    tags: Type.Array(Type.String()),
    images: Type.Array(Type.String()),
    is_active: Type.Boolean(),
    featured: Type.Boolean(),
    created_at: Time(),
    updated_at: Time(),
    deleted_at: Nullable(Time())
  },
  { $id: 'Product', additionalProperties: false }
)
const productData = Type.Omit(productSchema, ['id', 'created_at', 'updated_at', 'deleted_at'], {
  $id: 'ProductData'
})
const productQuery = Type.Pick(productSchema, [
  'id', 'name', 'sku', 'price', 'category_id', 'brand', 'stock_quantity', 'is_active', 'featured', 'created_at'
]) // prettier-ignore

const taskSchema = Type.Object(
  {
    id: Type.Number(),
    title: Type.String({ minLength: 1, maxLength: 255 }),
    description: Nullable(Type.String()),
    status: Type.String(),
    priority: Type.String({ enum: ['low', 'medium', 'high', 'urgent'] }),
    due_date: Nullable(Time()),
    user_id: Type.Number(),
    created_at: Time(),
    updated_at: Time()
  },
  { $id: 'Task', additionalProperties: false }
)
const taskData = Type.Partial(Type.Pick(taskSchema, ['title', 'description', 'priority', 'due_date']), {
  $id: 'TaskData'
})
const taskQuery = Type.Pick(taskSchema, ['id', 'title', 'status', 'priority', 'due_date', 'user_id'])

const queryOf = (properties: Parameters<typeof querySyntax>[0]) =>
  getValidator(
    Type.Intersect([querySyntax(properties), Type.Object({}, { additionalProperties: false })], {
      additionalProperties: false
    }),
    queryValidator
  )

const hide = async () => undefined

/** What the hooks of each generated service are given. */
export const users = {
  dataValidator: getValidator(userData, dataValidator),
  patchValidator: getValidator(Type.Partial(userData, { $id: 'UserPatch' }), dataValidator),
  queryValidator: queryOf(userQuery),
  resultResolver: resolve<Record_, HookContext>({}),
  externalResolver: resolve<Record_, HookContext>({ password: hide }),
  // Users come with the rows: nobody registers here, and no password is hashed.
  dataResolver: resolve<Record_, HookContext>({}),
  patchResolver: resolve<Record_, HookContext>({}),
  queryResolver: resolve<Record_, HookContext>({ id: ownId })
}

export const products = {
  dataValidator: getValidator(productData, dataValidator),
  patchValidator: getValidator(Type.Partial(productData, { $id: 'ProductPatch' }), dataValidator),
  queryValidator: queryOf(productQuery),
  resultResolver: resolve<Record_, HookContext>({}),
  externalResolver: resolve<Record_, HookContext>({ cost: hide, deleted_at: hide }),
  dataResolver: resolve<Record_, HookContext>({}),
  patchResolver: resolve<Record_, HookContext>({ updated_at: now }),
  queryResolver: resolve<Record_, HookContext>({
    is_active: async () => true,
    deleted_at: async () => null
  })
}

export const tasks = {
  dataValidator: getValidator(taskData, dataValidator),
  patchValidator: getValidator(Type.Partial(taskData, { $id: 'TaskPatch' }), dataValidator),
  queryValidator: queryOf(taskQuery),
  resultResolver: resolve<Record_, HookContext>({}),
  externalResolver: resolve<Record_, HookContext>({}),
  dataResolver: resolve<Record_, HookContext>({ user_id: ownId }),
  patchResolver: resolve<Record_, HookContext>({ updated_at: now }),
  queryResolver: resolve<Record_, HookContext>({ user_id: ownId })
}

export type Schemas = typeof users
