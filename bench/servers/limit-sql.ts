const PRODUCT = [
  'id', 'name', 'description', 'sku', 'price', 'category_id', 'brand', 'stock_quantity', 'reorder_level', 'weight', 'dimensions',
  'attributes', 'tags', 'images', 'is_active', 'featured', 'created_at', 'updated_at'
] // prettier-ignore
const TASK = [
  'id', 'title', 'description', 'status', 'priority', 'due_date', 'user_id', 'created_at', 'updated_at'
] // prettier-ignore
const TIMES = ['created_at', 'updated_at', 'due_date']

/** Where PostgreSQL makes the JSON it has to write times as the API does. */
const columns = (names: readonly string[], isJson: boolean): string =>
  names
    .map((name) =>
      isJson && TIMES.includes(name) ? `to_char(${name}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as ${name}` : name
    )
    .join(', ')

const VISIBLE = 'is_active and deleted_at is null'
const FILTER = `brand = $1 and price >= $2 and ${VISIBLE}`

export const getProduct = (isJson: boolean) =>
  `select ${columns(PRODUCT, isJson)} from products where id = $1 and ${VISIBLE}`

export const listProducts = (isJson: boolean) =>
  `select ${columns(PRODUCT, isJson)} from products where ${FILTER} order by price desc, id limit $3`

export const totalOfProducts = `select count(*) as total from products where ${FILTER}`

export const getTask = (isJson: boolean) =>
  `select ${columns(TASK, isJson)} from tasks where id = $1 and user_id = $2`

export const insertTask = (isJson: boolean) =>
  `insert into tasks (user_id, title, description, priority, due_date) values ($1, $2, $3, coalesce($4, 'medium'), $5)
   returning ${columns(TASK, isJson)}`

export const updateTask = (isJson: boolean) =>
  `update tasks set title = coalesce($2, title), description = coalesce($3, description),
     priority = coalesce($4, priority), due_date = coalesce($5, due_date), updated_at = now()
   where id = $6 and user_id = $1 returning ${columns(TASK, isJson)}`
