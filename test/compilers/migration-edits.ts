import {
  belongsTo,
  boolean,
  computed,
  integer,
  json,
  lower,
  money,
  nullable,
  oneOf,
  renamed,
  state,
  text,
  textArray,
  timestamp,
  Type,
  unique,
  withDefault,
  writeOnly
} from '../../packages/rachis/src/declare'
import type { AnySpec } from '../../packages/rachis/src/declare/any-resource'
import { plain } from './bare'

type Spec = Partial<AnySpec>

/** Something that a person changes in a declaration, and what a migration does about it. */
export interface Edit {
  readonly name: string
  readonly from: Spec
  readonly to: Spec
  readonly drop?: readonly string[]
  readonly narrow?: readonly string[]
  /** `phase: kind of what (lock) risk`, without what is `none`. */
  readonly plan: readonly string[]
  /** What is left to a person. */
  readonly refused?: readonly string[]
}

const whole = () => Type.Integer({ column: 'bigint' })
const short = (maxLength: number) => text({ maxLength })
const of = (fields: Spec['fields'], more: Spec = {}): Spec => ({ fields, ...more })

/** Columns. */
export const COLUMNS: readonly Edit[] = [
  { name: 'a column that may be null', from: of({}), to: of({ a: nullable(plain) }), plan: ['expand: add column a (ACCESS EXCLUSIVE)'] },
  { name: 'a column with a default', from: of({}), to: of({ a: withDefault(integer(), 1) }), plan: ['expand: add column a (ACCESS EXCLUSIVE)'] },
  { name: 'a column with a check, which old rows are asked for later', from: of({}), to: of({ a: nullable(short(9)) }), plan: ['expand: add column a (ACCESS EXCLUSIVE)', 'expand: add constraint things_a_check (ACCESS EXCLUSIVE)', 'online: validate constraint things_a_check (SHARE UPDATE EXCLUSIVE) may fail'] },
  { name: 'a column that rows have no value for', from: of({}), to: of({ a: plain }), plan: [], refused: ['things.a --value'] },
  { name: 'a computed column', from: of({ n: integer() }), to: of({ n: integer(), twice: nullable(computed(integer(), 'n * 2')) }), plan: ['expand: add column twice (ACCESS EXCLUSIVE) rewrites'] },
  { name: 'a column that goes', from: of({ a: plain }), to: of({}), plan: ['expand: drop not null a (ACCESS EXCLUSIVE)'], refused: ['things.a --drop'] },
  { name: 'a column that goes, and may', from: of({ a: plain }), to: of({}), drop: ['things.a'], plan: ['contract: drop column a (ACCESS EXCLUSIVE) loses'] },
  { name: 'a column with an index, a check and a key that goes, and may', from: of({ a: unique(short(9)) }, { indexes: [['a', 'id']] }), to: of({}), drop: ['things.a'], plan: ['expand: drop constraint things_a_key (ACCESS EXCLUSIVE)', 'expand: drop constraint things_a_check (ACCESS EXCLUSIVE)', 'online: drop index things_a_id_idx (SHARE UPDATE EXCLUSIVE)', 'contract: drop column a (ACCESS EXCLUSIVE) loses'] },
  { name: 'a column that nobody needs to fill and goes', from: of({ a: withDefault(plain, 'x') }), to: of({}), plan: [], refused: ['things.a --drop'] },
  { name: 'a new name that says so', from: of({ a: unique(short(9)) }, { indexes: [['a', 'id']] }), to: of({ b: renamed(unique(short(9)), 'a') }, { indexes: [['b', 'id']] }), plan: ['expand: rename column b (ACCESS EXCLUSIVE) stops old', 'expand: rename constraint things_b_key (ACCESS EXCLUSIVE)', 'expand: rename constraint things_b_check (ACCESS EXCLUSIVE)', 'expand: rename index things_b_id_idx (SHARE UPDATE EXCLUSIVE)'] },
  { name: 'a new name of a column that may be null', from: of({ a: nullable(plain) }), to: of({ b: renamed(nullable(plain), 'a') }), plan: ['expand: rename column b (ACCESS EXCLUSIVE) stops old'] },
  { name: 'a new name that does not say so', from: of({ a: nullable(plain) }), to: of({ b: nullable(plain) }), plan: ['expand: add column b (ACCESS EXCLUSIVE)'], refused: ['things.a --drop'] },
  { name: 'a former name from which nothing is left', from: of({ b: plain }), to: of({ b: renamed(plain, 'a') }), plan: [] },
  { name: 'a new name, and a wider check', from: of({ a: short(9) }), to: of({ b: renamed(short(20), 'a') }), plan: ['expand: rename column b (ACCESS EXCLUSIVE) stops old', 'expand: drop constraint things_a_check (ACCESS EXCLUSIVE)', 'expand: add constraint things_b_check (ACCESS EXCLUSIVE)', 'online: validate constraint things_b_check (SHARE UPDATE EXCLUSIVE) may fail'] },
  { name: 'a new name of what is computed from and searched', from: of({ a: plain, up: nullable(computed(plain, 'upper(a)')) }, { search: ['a'] }), to: of({ b: renamed(plain, 'a'), up: nullable(computed(plain, 'upper(b)')) }, { search: ['b'] }), plan: ['expand: rename column b (ACCESS EXCLUSIVE) stops old'] }
] // prettier-ignore

/** What a column holds. */
export const VALUES: readonly Edit[] = [
  { name: 'a default', from: of({ a: plain }), to: of({ a: withDefault(plain, 'x') }), plan: ['expand: set default a (ACCESS EXCLUSIVE)'] },
  { name: 'another default', from: of({ a: withDefault(plain, 'x') }), to: of({ a: withDefault(plain, 'y') }), plan: ['expand: set default a (ACCESS EXCLUSIVE)'] },
  { name: 'no default any more', from: of({ a: withDefault(plain, 'x') }), to: of({ a: plain }), plan: ['expand: drop default a (ACCESS EXCLUSIVE)'] },
  { name: 'null', from: of({ a: plain }), to: of({ a: nullable(plain) }), plan: ['expand: drop not null a (ACCESS EXCLUSIVE)'] },
  { name: 'no null any more', from: of({ a: nullable(plain) }), to: of({ a: plain }), plan: [], refused: ['things.a --narrow'] },
  { name: 'no null any more, as may be', from: of({ a: nullable(plain) }), to: of({ a: plain }), narrow: ['things.a'], plan: ['expand: check not null a (ACCESS EXCLUSIVE) narrows', 'online: validate constraint things_a_not_null (SHARE UPDATE EXCLUSIVE) may fail', 'contract: set not null a (ACCESS EXCLUSIVE)'] },
  { name: 'a default in place of null', from: of({ a: nullable(plain) }), to: of({ a: withDefault(plain, 'x') }), narrow: ['things.a'], plan: ['expand: set default a (ACCESS EXCLUSIVE)', 'expand: check not null a (ACCESS EXCLUSIVE) narrows', 'online: backfill a (ROW EXCLUSIVE)', 'online: validate constraint things_a_not_null (SHARE UPDATE EXCLUSIVE) may fail', 'contract: set not null a (ACCESS EXCLUSIVE)'] },
  { name: 'one more word', from: of({ a: oneOf('x', 'y') }), to: of({ a: oneOf('x', 'y', 'z') }), plan: ['expand: replace constraint things_a_check (ACCESS EXCLUSIVE)', 'online: validate constraint things_a_check (SHARE UPDATE EXCLUSIVE)'] },
  { name: 'one more state', from: of({ a: state('open', 'done') }), to: of({ a: state('open', 'held', 'done') }), plan: ['expand: replace constraint things_a_check (ACCESS EXCLUSIVE)', 'online: validate constraint things_a_check (SHARE UPDATE EXCLUSIVE)'] },
  { name: 'one word less', from: of({ a: oneOf('x', 'y') }), to: of({ a: oneOf('x') }), plan: [], refused: ['things.a --narrow'] },
  { name: 'one word less, as may be', from: of({ a: oneOf('x', 'y') }), to: of({ a: oneOf('x') }), narrow: ['things.a'], plan: ['expand: replace constraint things_a_check (ACCESS EXCLUSIVE) narrows', 'online: validate constraint things_a_check (SHARE UPDATE EXCLUSIVE) may fail'] },
  { name: 'longer texts', from: of({ a: short(9) }), to: of({ a: short(20) }), plan: ['expand: replace constraint things_a_check (ACCESS EXCLUSIVE)', 'online: validate constraint things_a_check (SHARE UPDATE EXCLUSIVE)'] },
  { name: 'shorter texts', from: of({ a: short(20) }), to: of({ a: short(9) }), plan: [], refused: ['things.a --narrow'] },
  { name: 'lower case', from: of({ a: short(9) }), to: of({ a: lower(short(9)) }), plan: [], refused: ['things.a --narrow'] },
  { name: 'texts of any length', from: of({ a: short(9) }), to: of({ a: plain }), plan: ['expand: drop constraint things_a_check (ACCESS EXCLUSIVE)'] },
  { name: 'larger numbers', from: of({ a: withDefault(integer(), 1) }, { indexes: ['a'] }), to: of({ a: withDefault(whole(), 1) }, { indexes: ['a'] }), plan: ['expand: change type a (ACCESS EXCLUSIVE) rewrites'] },
  { name: 'larger numbers under something computed', from: of({ a: integer(), twice: nullable(computed(integer(), 'a * 2')) }, { indexes: ['twice'] }), to: of({ a: whole(), twice: nullable(computed(integer(), 'a * 2')) }, { indexes: ['twice'] }), plan: ['expand: drop index things_twice_idx (ACCESS EXCLUSIVE)', 'expand: drop column twice (ACCESS EXCLUSIVE)', 'expand: change type a (ACCESS EXCLUSIVE) rewrites', 'expand: add column twice (ACCESS EXCLUSIVE) rewrites', 'expand: create index things_twice_idx (ACCESS EXCLUSIVE)'] },
  { name: 'smaller numbers', from: of({ a: whole() }), to: of({ a: integer() }), plan: [], refused: ['things.a --narrow'] },
  { name: 'smaller numbers, as may be', from: of({ a: whole() }), to: of({ a: integer() }), narrow: ['things.a'], plan: ['expand: change type a (ACCESS EXCLUSIVE) narrows'] },
  { name: 'numbers as text', from: of({ a: integer({ minimum: 0 }) }), to: of({ a: plain }), plan: ['expand: drop constraint things_a_check (ACCESS EXCLUSIVE)', 'expand: change type a (ACCESS EXCLUSIVE) rewrites'] },
  { name: 'amounts in place of texts, as may be', from: of({ a: short(9) }), to: of({ a: money() }), narrow: ['things.a'], plan: ['expand: drop constraint things_a_check (ACCESS EXCLUSIVE)', 'expand: change type a (ACCESS EXCLUSIVE) narrows', 'expand: add constraint things_a_check (ACCESS EXCLUSIVE)'] },
  { name: 'days as instants', from: of({ a: Type.String({ format: 'date' }) }), to: of({ a: timestamp() }), plan: ['expand: change type a (ACCESS EXCLUSIVE) rewrites', 'expand: add constraint things_a_check (ACCESS EXCLUSIVE)'] },
  { name: 'lists as objects', from: of({ a: nullable(textArray()) }), to: of({ a: nullable(json()) }), plan: [], refused: ['things.a'] },
  { name: 'another computation', from: of({ a: integer(), b: nullable(computed(integer(), 'a * 2')) }), to: of({ a: integer(), b: nullable(computed(integer(), 'a * 3')) }), plan: ['expand: drop column b (ACCESS EXCLUSIVE)', 'expand: add column b (ACCESS EXCLUSIVE) rewrites'] },
  { name: 'written in place of computed', from: of({ a: integer(), b: nullable(computed(integer(), 'a * 2')) }), to: of({ a: integer(), b: nullable(integer()) }), plan: ['expand: stop computing b (ACCESS EXCLUSIVE)'] },
  { name: 'computed in place of written', from: of({ a: boolean(), b: nullable(boolean()) }), to: of({ a: boolean(), b: nullable(computed(boolean(), 'not a')) }), plan: [], refused: ['things.b --drop'] },
  { name: 'another kind of id', from: {}, to: { id: 'uuid' }, plan: [], refused: ['things.id'] }
] // prettier-ignore

/** What stands between columns, and the table itself. */
export const PARTS: readonly Edit[] = [
  { name: 'an index', from: of({ a: plain }), to: of({ a: plain }, { indexes: ['a'] }), plan: ['online: build index things_a_idx (SHARE UPDATE EXCLUSIVE)'] },
  { name: 'no index any more', from: of({ a: plain }, { indexes: ['a'] }), to: of({ a: plain }), plan: ['online: drop index things_a_idx (SHARE UPDATE EXCLUSIVE)'] },
  { name: 'an index of a new column', from: of({}), to: of({ a: nullable(plain) }, { indexes: ['a'] }), plan: ['expand: add column a (ACCESS EXCLUSIVE)', 'online: build index things_a_idx (SHARE UPDATE EXCLUSIVE)'] },
  { name: 'unique', from: of({ a: plain }), to: of({ a: unique(plain) }), plan: ['online: build unique index things_a_key (SHARE UPDATE EXCLUSIVE) may fail', 'contract: add constraint things_a_key (ACCESS EXCLUSIVE)'] },
  { name: 'not unique any more', from: of({ a: unique(plain) }), to: of({ a: plain }), plan: ['expand: drop constraint things_a_key (ACCESS EXCLUSIVE)'] },
  { name: 'a check between columns', from: of({ a: integer(), b: integer() }), to: of({ a: integer(), b: integer() }, { checks: { in_order: 'a <= b' } }), plan: ['expand: add constraint things_in_order_check (ACCESS EXCLUSIVE)', 'online: validate constraint things_in_order_check (SHARE UPDATE EXCLUSIVE) may fail'] },
  { name: 'another check between columns', from: of({ a: integer(), b: integer() }, { checks: { in_order: 'a <= b' } }), to: of({ a: integer(), b: integer() }, { checks: { in_order: 'a < b' } }), plan: [], refused: ['things.things_in_order_check --narrow'] },
  { name: 'no check between columns any more', from: of({ a: integer(), b: integer() }, { checks: { in_order: 'a <= b' } }), to: of({ a: integer(), b: integer() }), plan: ['expand: drop constraint things_in_order_check (ACCESS EXCLUSIVE)'] },
  { name: 'a foreign key', from: of({ up: nullable(whole()) }), to: of({ up: nullable(belongsTo('users')) }), plan: ['expand: add constraint things_up_fkey (SHARE ROW EXCLUSIVE)', 'online: validate constraint things_up_fkey (SHARE UPDATE EXCLUSIVE) may fail', 'online: build index things_up_idx (SHARE UPDATE EXCLUSIVE)'] },
  { name: 'what becomes of the children', from: of({ up: nullable(belongsTo('users')) }), to: of({ up: nullable(belongsTo('users', { on_delete: 'cascade' })) }), plan: ['expand: replace constraint things_up_fkey (ACCESS EXCLUSIVE)', 'online: validate constraint things_up_fkey (SHARE UPDATE EXCLUSIVE)'] },
  { name: 'a secret', from: of({ a: plain }), to: of({ a: writeOnly(plain) }), plan: ['expand: replace trigger (ACCESS EXCLUSIVE)'] },
  { name: 'a new secret', from: of({}), to: of({ a: nullable(writeOnly(plain)) }), plan: ['expand: add column a (ACCESS EXCLUSIVE)', 'expand: replace trigger (ACCESS EXCLUSIVE)'] },
  { name: 'a secret that goes, and may', from: of({ a: writeOnly(plain) }), to: of({}), drop: ['things.a'], plan: ['contract: drop column a (ACCESS EXCLUSIVE) loses', 'contract: replace trigger (ACCESS EXCLUSIVE)'] },
  { name: 'soft delete', from: {}, to: { soft_delete: true }, plan: ['expand: add column deleted_at (ACCESS EXCLUSIVE)', 'expand: add constraint things_deleted_at_check (ACCESS EXCLUSIVE)', 'online: validate constraint things_deleted_at_check (SHARE UPDATE EXCLUSIVE) may fail'] },
  { name: 'times', from: {}, to: { timestamps: true }, plan: ['expand: add column created_at (ACCESS EXCLUSIVE)', 'expand: add column updated_at (ACCESS EXCLUSIVE)', 'expand: add constraint things_created_at_check (ACCESS EXCLUSIVE)', 'expand: add constraint things_updated_at_check (ACCESS EXCLUSIVE)', 'online: validate constraint things_created_at_check (SHARE UPDATE EXCLUSIVE) may fail', 'online: validate constraint things_updated_at_check (SHARE UPDATE EXCLUSIVE) may fail'] },
  { name: 'versions', from: of({ a: plain }), to: of({ a: plain }, { versioned: true }), plan: ['expand: add column version (ACCESS EXCLUSIVE)', 'expand: add trigger (SHARE ROW EXCLUSIVE)'] },
  { name: 'a search', from: of({ a: plain }), to: of({ a: plain }, { search: ['a'] }), plan: ['expand: add search (ACCESS EXCLUSIVE) rewrites', 'expand: replace trigger (ACCESS EXCLUSIVE)', 'online: build index things_search_idx (SHARE UPDATE EXCLUSIVE)', 'online: build index things_search_trgm_idx (SHARE UPDATE EXCLUSIVE)'] },
  { name: 'another search', from: of({ a: plain, b: plain }, { search: ['a'] }), to: of({ a: plain, b: plain }, { search: ['a', 'b'] }), plan: ['expand: drop index things_search_idx (ACCESS EXCLUSIVE)', 'expand: drop index things_search_trgm_idx (ACCESS EXCLUSIVE)', 'expand: drop search (ACCESS EXCLUSIVE)', 'expand: add search (ACCESS EXCLUSIVE) rewrites', 'online: build index things_search_idx (SHARE UPDATE EXCLUSIVE)', 'online: build index things_search_trgm_idx (SHARE UPDATE EXCLUSIVE)'] },
  { name: 'no search any more', from: of({ a: plain }, { search: ['a'] }), to: of({ a: plain }), plan: ['contract: drop index things_search_idx (ACCESS EXCLUSIVE)', 'contract: drop index things_search_trgm_idx (ACCESS EXCLUSIVE)', 'contract: drop search (ACCESS EXCLUSIVE) stops old', 'contract: replace trigger (ACCESS EXCLUSIVE)'] }
] // prettier-ignore
