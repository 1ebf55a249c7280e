/** Any two numbers, the same in every process. */
const [CLASS, OBJECT] = [7226, 443_172]

/** Held by each process that listens, for as long as its connection lasts. */
export const TAKE_PART = `select pg_advisory_lock_shared(${CLASS}, ${OBJECT})`

/** Of the processes that listen, this one included. */
export const COUNT = `
select count(*)::int as count from pg_locks
where locktype = 'advisory' and classid = ${CLASS} and objid = ${OBJECT} and objsubid = 2 and granted
  and database = (select oid from pg_database where datname = current_database())`
