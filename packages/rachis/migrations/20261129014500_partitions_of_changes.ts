import { setTimeout } from 'timers/promises'
import type { Knex } from 'knex'

export const config = { transaction: false }

/** Milliseconds that a lock is waited for, which holds up writers meanwhile, and until it is tried again; for ten minutes in all. */
export const lockWaits = { lock: 200, pause: 300, attempts: 1200 }
const LOCK_NOT_AVAILABLE = '55P03'

const identifier = (name: string) => `"${name.replace(/"/g, '""')}"`
const literal = (text: string) => `'${text.replace(/'/g, "''")}'`

/** The names of what this migration makes and uses, with their schema: functions must not depend on what a session searches. */
type Of = (name: string) => string

const schemaOf = async (knex: Knex): Promise<string> => {
  const { rows } = await knex.raw<{ rows: { schema: string }[] }>('select current_schema() as schema')
  return rows[0]!.schema
}

const HOLDERS = `
  select string_agg(distinct format('process %s of %s (%s), in a transaction since %s', a.pid, a.usename, a.application_name, a.xact_start), '; ') as holders
  from pg_locks l join pg_stat_activity a using (pid)
  where l.relation in (to_regclass('changes'), to_regclass('changes_before')) and l.granted and a.pid <> pg_backend_pid()`

const lockError = async (knex: Knex, cause: unknown): Promise<Error> => {
  const { rows } = await knex.raw<{ rows: { holders: string | null }[] }>(HOLDERS)
  const message = `The table changes was locked at each of ${lockWaits.attempts} attempts, now by ${rows[0]!.holders ?? 'nobody'}. End what holds it, and migrate again`

  return new Error(message, { cause })
}

/**
 * Runs statements in a transaction of their own that gives way to whoever writes: it tries again until it gets its locks at once.
 *
 * @throws {Error} that says who holds the lock, after the last attempt
 */
const retryOnLock = async (knex: Knex, sql: string): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await knex.transaction(async (trx) => {
        await trx.raw(`set local lock_timeout = ${lockWaits.lock}`)
        await trx.raw(sql)
      })
    } catch (error) {
      if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error
      if (attempt >= lockWaits.attempts) throw await lockError(knex, error)
      await setTimeout(lockWaits.pause)
    }
  }
}

/** What a change is written with beside what the function wrote before. */
interface Addition {
  readonly column: string
  readonly value: string
}

const AUDITED = (of: Of): Addition => ({
  column: ', is_audited',
  value: `,
      exists (select from ${of('feed_audited')} audited where audited.resource = tg_argv[0])`
})

const recordChange = (of: Of, { column, value }: Addition) => `
  create or replace function ${of('record_change')}() returns trigger language plpgsql security definer
    set search_path = pg_catalog, pg_temp set timezone = 'UTC' set extra_float_digits = 1 as $$
  declare
    context jsonb;
    old_row jsonb;
    new_row jsonb;
    row_id text;
  begin
    if current_setting('app.recording', true) = 'off' and pg_has_role(session_user, current_user, 'member') then
      return null;
    end if;
    -- Other programs may use the setting for something else.
    if nullif(current_setting('app.context', true), '') is not null then
      begin
        context := current_setting('app.context')::jsonb;
      exception when data_exception then
        context := null;
      end;
    end if;
    if tg_op <> 'INSERT' then old_row := to_jsonb(old) - tg_argv[1:]; end if;
    if tg_op <> 'DELETE' then new_row := to_jsonb(new) - tg_argv[1:]; end if;
    row_id := coalesce(new_row, old_row) ->> 'id';
    if old_row ->> 'id' <> new_row ->> 'id' then
      insert into ${of('changes')} (resource, record_id, event, before, user_id, trace_id, impersonator_id${column}) values (
        tg_argv[0],
        old_row ->> 'id',
        'removed',
        old_row,
        context ->> 'user_id',
        context ->> 'trace_id',
        context ->> 'impersonator_id'${value}
      );
      old_row := null;
    end if;
    insert into ${of('changes')} (resource, record_id, event, action, before, after, user_id, trace_id, impersonator_id${column}) values (
      tg_argv[0],
      row_id,
      case
        when old_row is null then 'created'
        when new_row is null then 'removed'
        else coalesce(context ->> 'event', 'patched')
      end,
      case
        when context ->> 'resource' = tg_argv[0] and coalesce(context ->> 'id' = row_id, true)
        then context ->> 'action'
      end,
      old_row,
      new_row,
      context ->> 'user_id',
      context ->> 'trace_id',
      context ->> 'impersonator_id'${value}
    );
    return null;
  end
  $$`

/** Rights that were given to roles, of the table and of the sequence of its ids. */
const givenRights = (from: string, to: string, kind: string) => `
  for granted in
    select privilege_type as privilege, coalesce(quote_ident(r.rolname), 'public') as grantee
    from pg_class c, aclexplode(c.relacl) a left join pg_roles r on r.oid = a.grantee
    where c.oid = '${from}'::regclass and a.grantee <> c.relowner
  loop
    execute format('grant %s on ${kind} ${to} to %s', granted.privilege, granted.grantee);
  end loop;`

const INDEXES = {
  changes_record_idx: '(resource, record_id, id)',
  changes_resource_created_at_idx: '(resource, created_at)',
  changes_created_at_blocks_idx: 'using brin (created_at)'
}

const createIndexes = Object.entries(INDEXES)
  .map(([name, sql]) => `create index ${name} on changes ${sql};`)
  .join('\n')
/** Those of a table that has another name now. */
const renameIndexes = (from: string, to: string) =>
  Object.keys(INDEXES)
    .map((name) => `alter index ${name.replace('changes', from)} rename to ${name.replace('changes', to)};`)
    .join('\n')

const beginEpoch = (of: Of) =>
  `create trigger begin_epoch after truncate on changes for each statement execute function ${of('begin_epoch')}();`

/** The table of another form takes the place of this one, with its ids and its rights; its history is the same. */
const replaceTable = (of: Of, create: string, fill: string) => `
  do $$ declare
    ids record;
    granted record;
  begin
    lock table changes in access exclusive mode;
    select last_value, is_called into ids from changes_id_seq;
    drop trigger begin_epoch on changes;
    alter table changes rename to changes_before;
    alter sequence changes_id_seq rename to changes_before_id_seq;
    ${renameIndexes('changes', 'changes_before')}
    ${create}
    alter table changes alter xid set default pg_current_xact_id();
    alter table changes alter id add generated always as identity;
    ${givenRights('changes_before', 'changes', 'table')}
    ${givenRights('changes_before_id_seq', 'changes_id_seq', 'sequence')}
    ${createIndexes}
    alter table changes_before alter id drop identity;
    ${fill}
    perform setval('changes_id_seq', ids.last_value, ids.is_called);
    update feed_epoch set changes_oid = 'changes'::regclass::oid;
    ${beginEpoch(of)}
  end $$`

/**
 * The rows that are there become the first part, as they are. What makes that quick is done before it, while others write: the rows are
 * checked to belong into the part, and have the index that the whole table asks for.
 */
const prepareRows = async (knex: Knex): Promise<string> => {
  await retryOnLock(
    knex,
    'alter table changes add column if not exists is_audited boolean not null default false'
  )
  const { rows } = await knex.raw<{ rows: { upper: string }[] }>(
    // Beyond it every write fails until this is done, which may have to wait for a transaction that is open for hours.
    'select ((last_value + least(10 * last_value, 100000000)) / 1000000 + 3) * 1000000 as upper from changes_id_seq'
  )
  const { upper } = rows[0]!
  await retryOnLock(
    knex,
    `alter table changes drop constraint if exists changes_before_check;
    alter table changes add constraint changes_before_check check (id < ${upper} and not is_audited) not valid`
  )
  await knex.raw('alter table changes validate constraint changes_before_check')
  // Along the search path another program may have an index of the same name.
  await knex.raw('drop index concurrently if exists ??.??', [await schemaOf(knex), 'changes_before_key'])
  await knex.raw('create unique index concurrently changes_before_key on changes (id, is_audited)')

  return upper
}

const PARTITIONED = `
    create table changes (like changes_before including defaults) partition by list (is_audited);
    alter table changes add constraint changes_pkey primary key (id, is_audited);
    create table changes_recent partition of changes for values in (false) partition by range (id);
    create table changes_audited partition of changes for values in (true) partition by range (id);`

const attachRows = (upper: string) => `
    alter table changes_recent attach partition changes_before for values from (minvalue) to (${upper});
    alter table changes_before drop constraint changes_before_check;
    alter table changes_before rename to changes_recent_0;
    alter index changes_before_pkey rename to changes_recent_0_pkey;
    ${renameIndexes('changes_before', 'changes_recent_0')}`

/** A role that runs the program need not own the table to make and drop parts of it. It may remove rows anyway. */
const assertMayRemove = (of: Of) => `
    if not has_table_privilege(session_user, ${literal(of('changes'))}, 'DELETE') then
      raise insufficient_privilege using message = 'This role may not remove changes';
    end if;`

/** Tells the trigger whose changes belong to those that are kept for longer. Resources that are named in neither list stay as they are. */
const markAudited = (of: Of) => `
  create function ${of('mark_audited')}(audited text[], others text[]) returns void language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
  begin
    ${assertMayRemove(of)}
    delete from ${of('feed_audited')} where resource = any(others);
    insert into ${of('feed_audited')} select unnest(audited) on conflict do nothing;
  end
  $$`

/** The id that a part ends before. */
const UPPER = `substring(pg_get_expr(c.relpartbound, c.oid) from 'TO [^0-9]*([0-9]+)')::bigint`

/**
 * Makes parts ahead: eight of a million ids or of a day, and of audited resources, which are kept for longer, one that is thirty times as wide.
 * Others write meanwhile. `expected`: ids that are about to be written at once, where they may be more.
 */
const extendChanges = (of: Of, schema: string) => `
  create function ${of('extend_changes')}(expected bigint default 0) returns integer language plpgsql security definer
    set search_path = pg_catalog, pg_temp set lock_timeout = '100ms' as $$
  declare
    last_id bigint;
    sample record;
    width bigint;
    tree record;
    upper bigint;
    made integer := 0;
  begin
    ${assertMayRemove(of)}
    -- Whoever else is at it makes all that is missing.
    if not pg_try_advisory_xact_lock(7226443172) then return 0; end if;
    select last_value into last_id from ${of('changes_id_seq')};
    select id, created_at into sample from ${of('changes')} where id > last_id - 1000000 order by id limit 1;
    width := (last_id - sample.id) * 86400 / greatest(3600, extract(epoch from clock_timestamp() - sample.created_at));
    width := least(greatest(coalesce(width, 0) / 1000000 * 1000000, 1000000), 100000000);
    for tree in select * from (values ('changes_recent', width, 8), ('changes_audited', 30 * width, 1)) t (name, width, ahead)
    loop
      loop
        select coalesce(max(${UPPER}), 0) into upper from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = format('%I.%I', ${literal(schema)}, tree.name)::regclass;
        exit when upper > last_id + greatest(tree.ahead * tree.width, expected);
        execute format('create table %I.%I (like ${of('changes')} including defaults)', ${literal(schema)}, tree.name || '_' || upper);
        execute format('alter table %1$I.%2$I attach partition %1$I.%3$I for values from (%4$s) to (%5$s)',
          ${literal(schema)}, tree.name, tree.name || '_' || upper, upper, upper + tree.width);
        made := made + 1;
      end loop;
    end loop;
    return made;
  end
  $$`

/**
 * Drops a part all of whose changes are older than a time, and remembers in the same transaction up to where changes are missing. Answers
 * whether it did. The first lock waits for open transactions that have written to the part, and keeps others from it, so that what is read
 * then is all that the part will ever have; whoever writes to other parts goes on. `drop table` locks the parent, then the part, and waits for
 * each of them for a tenth of a second at most: so long writers wait behind it, a fifth of a second in all.
 */
const dropChanges = (of: Of) => `
  create function ${of('drop_changes')}(part regclass, older_than timestamptz) returns boolean language plpgsql security definer
    set search_path = pg_catalog, pg_temp set lock_timeout = '100ms' as $$
  declare
    last_id bigint;
    is_kept boolean;
  begin
    ${assertMayRemove(of)}
    perform from pg_inherits i join pg_class c on c.oid = i.inhrelid, ${of('changes_id_seq')} s
    where c.oid = part and c.relkind = 'r' and ${UPPER} <= s.last_value
      and i.inhparent in (${literal(of('changes_recent'))}::regclass, ${literal(of('changes_audited'))}::regclass);
    if not found then return false; end if;
    -- It conflicts with itself: of two who drop the same part, neither waits with a lock that the other one needs.
    execute format('lock table only %s in share row exclusive mode', part);
    execute format('select exists (select from %s where created_at >= $1), max(id) from %1$s', part)
      into is_kept, last_id using older_than;
    if is_kept then return false; end if;
    insert into ${of('feed_horizon')} as known (epoch, id, created_at)
      select epoch, last_id, older_than from ${of('feed_epoch')} where last_id is not null
      on conflict (only_row) do update set epoch = excluded.epoch,
        created_at = greatest(known.created_at, excluded.created_at),
        id = case when known.epoch = excluded.epoch then greatest(known.id, excluded.id) else excluded.id end;
    execute format('drop table %s', part);
    return true;
  end
  $$`

/**
 * The table of changes in parts, by ranges of ids, so that old changes are removed with their part and not one by one. Those of audited resources
 * are kept for longer, and so in parts of their own. None takes what fits nowhere: it would have to be searched and locked for each new part.
 */
export async function up(knex: Knex): Promise<void> {
  const schema = await schemaOf(knex)
  const of: Of = (name) => `${identifier(schema)}.${identifier(name)}`
  const upper = await prepareRows(knex)
  await retryOnLock(
    knex,
    `alter table changes drop constraint changes_pkey;
    alter table changes add constraint changes_before_pkey primary key using index changes_before_key;
    ${replaceTable(of, PARTITIONED, attachRows(upper))};
    create table feed_audited (resource text primary key);
    ${recordChange(of, AUDITED(of))};
    ${markAudited(of)};
    ${extendChanges(of, schema)};
    ${dropChanges(of)};
    select ${of('extend_changes')}()`
  )
}

const WHOLE = `
    create table changes (like changes_before including defaults);
    alter table changes drop column is_audited;
    alter table changes add constraint changes_pkey primary key (id);`

const copyRows = (columns: string) => `
    insert into changes (${columns}) overriding system value select ${columns} from changes_before;
    drop table changes_before;`

export async function down(knex: Knex): Promise<void> {
  const schema = await schemaOf(knex)
  const of: Of = (name) => `${identifier(schema)}.${identifier(name)}`
  const columns =
    'id, resource, record_id, event, action, before, after, user_id, trace_id, created_at, impersonator_id, xid'
  await retryOnLock(
    knex,
    `alter table changes rename constraint changes_pkey to changes_before_pkey;
    drop function ${of('drop_changes')}(regclass, timestamptz);
    drop function ${of('extend_changes')}(bigint);
    drop function ${of('mark_audited')}(text[], text[]);
    ${replaceTable(of, WHOLE, copyRows(columns))};
    ${recordChange(of, { column: '', value: '' })};
    drop table feed_audited`
  )
}
