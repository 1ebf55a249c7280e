/** What Fastify's serializer is told of answers, and its validator of bodies. */
const text = { type: 'string' }
const nullableText = { type: 'string', nullable: true }
const integer = { type: 'integer' }
/** Written as JSON as it stands. */
const any = {}

const record = (properties: Readonly<Record<string, object>>) => ({ type: 'object', properties })

export const product = record({
  id: integer,
  name: text,
  description: nullableText,
  sku: text,
  price: any,
  category_id: { type: 'integer', nullable: true },
  brand: nullableText,
  stock_quantity: integer,
  reorder_level: integer,
  weight: any,
  dimensions: any,
  attributes: any,
  tags: any,
  images: any,
  is_active: { type: 'boolean' },
  featured: { type: 'boolean' },
  created_at: any,
  updated_at: any
})

export const products = record({
  total: integer,
  limit: integer,
  skip: integer,
  data: { type: 'array', items: product }
})

export const task = record({
  id: integer,
  title: text,
  description: nullableText,
  status: text,
  priority: text,
  due_date: any,
  user_id: integer,
  created_at: any,
  updated_at: any
})

const written = {
  title: { type: 'string', minLength: 1, maxLength: 255 },
  description: { type: 'string', maxLength: 10_000 },
  priority: { enum: ['low', 'medium', 'high', 'urgent'] },
  due_date: { type: 'string', format: 'date-time' }
}

export const taskPatch = { type: 'object', properties: written, additionalProperties: false }
export const taskData = { ...taskPatch, required: ['title'] }
