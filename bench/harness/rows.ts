export const USERS = 5000
export const PRODUCTS = 10_000
export const TASKS = 10_000
/** Users with 100 tasks each; the others have one. */
export const BUSY_USERS = 50
/** The last user is an administrator. */
export const ADMIN = USERS

/** The owner of a task: the first half belongs to the busy users, the second half to one user each. */
export const ownerOf = (task: number): number =>
  task <= TASKS / 2 ? ((task - 1) % BUSY_USERS) + 1 : task - TASKS / 2

/** Every tenth product is not active, so that the rule who may read it has something to do. */
export const activeProducts = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => 1 + ((index * 97) % PRODUCTS)).filter((id) => id % 10 !== 0)

// Nobody signs in with a password here: 5,000 hashes would take ten minutes.
const NO_HASH = '$2b$12$0000000000000000000000000000000000000000000000000000.'

const users = `
insert into users (email, username, password, first_name, last_name)
select 'user' || i || '@example.com', 'user' || i, '${NO_HASH}', 'First' || i, 'Last' || i
from generate_series(1, ${USERS}) i`

const categories = `
insert into categories (name, slug, sort_order) select 'Category ' || i, 'category-' || i, i from generate_series(1, 10) i`

const products = `
insert into products (name, description, sku, price, cost, category_id, brand, stock_quantity, weight, attributes, tags, is_active)
select 'Product ' || i, 'A product that somebody described in one sentence of the usual length, number ' || i,
  'SKU-' || lpad(i::text, 6, '0'), (i * 37 % 10000) / 100.0, (i * 17 % 5000) / 100.0, 1 + i % 10, 'Brand ' || i % 20, i % 500,
  (i % 90) / 10.0, jsonb_build_object('color', (array['red', 'green', 'blue'])[1 + i % 3], 'size', i % 12),
  array['tag' || i % 7, 'tag' || i % 11], i % 10 <> 0
from generate_series(1, ${PRODUCTS}) i`

const tasks = `
insert into tasks (title, description, priority, due_date, user_id)
select 'Task ' || i, 'What is to be done in task number ' || i, (array['low', 'medium', 'high', 'urgent'])[1 + i % 4],
  '2026-01-01Z'::timestamptz + i * interval '1 hour',
  case when i <= ${TASKS / 2} then (i - 1) % ${BUSY_USERS} + 1 else i - ${TASKS / 2} end
from generate_series(1, ${TASKS}) i`

/** Products that everybody wants, and more of them than any load can sell. */
export const HOT = [1, 2, 3, 4, 5] as const
const stock = `update products set stock_quantity = 2000000000 where id in (${HOT.join()})`

export const SEED: readonly string[] = [
  users,
  categories,
  products,
  tasks,
  stock,
  `update users set role = 'admin' where id = ${ADMIN}`,
  // As if it had been there for long.
  'truncate changes restart identity',
  'vacuum (freeze, analyze)'
]

/** Takes away what only Rachis has. */
export const PLAIN: readonly string[] = [
  `do $$ declare name text; begin
    for name in select tgrelid::regclass from pg_trigger where tgname = 'record_change' loop
      execute format('drop trigger record_change on %s', name);
    end loop;
  end $$`,
  'drop table changes',
  // Columns that are searched: no declared field begins with an underscore.
  `do $$ declare found record; begin
    for found in select attrelid::regclass as name, attname from pg_attribute join pg_class on pg_class.oid = attrelid
      where relkind = 'r' and relnamespace = 'public'::regnamespace and attname like '\\_%' and not attisdropped loop
      execute format('alter table %s drop column %I', found.name, found.attname);
    end loop;
  end $$`
]

const ORDERS = 200_000
const orders = `
insert into orders (user_id, order_number, status, subtotal, tax_amount, shipping_amount, total, currency, payment_method,
  shipping_address, billing_address, created_at)
select 1 + i % ${USERS}, 'ORD-' || i, case when i % 20 = 0 then 'cancelled' else 'delivered' end, 30, 2.4, 9.99, 42.39, 'USD', 'card',
  '{"city": "x"}', '{"city": "x"}', now() - i * interval '5 minutes'
from generate_series(1, ${ORDERS}) i`
const items = `
insert into order_items (order_id, product_id, quantity, unit_price, total_price, product_snapshot)
select i, 10000 + (i::bigint * 7919 * n) % 900000, n, 10, 10 * n, '{"name": "x"}' from generate_series(1, ${ORDERS}) i, generate_series(1, 2) n`

/** Orders of two years, of two items each, over a million products. */
export const LARGE: readonly string[] = [
  'set session_replication_role = replica',
  orders,
  items,
  'set session_replication_role = default',
  'vacuum (freeze, analyze) orders',
  'vacuum (freeze, analyze) order_items'
]
