interface Script {
  readonly keys: number
  readonly lua: string
}

/** Whether the lease is free or one's own. */
const IS_FREE = `
local holder = redis.call('get', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end`

/** Takes the lease where nobody has it, and the last entry is the one that the taker knows. Keys: lease, entries. Values: token, ms, id. */
export const LEAD: Script = {
  keys: 2,
  lua: `
if redis.call('exists', KEYS[1]) == 1 then return 0 end
local last = redis.call('xrevrange', KEYS[2], '+', '-', 'COUNT', 1)[1]
if (last and last[1] or '0-0') ~= ARGV[3] then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`
}

/** Makes the lease longer. Key: lease. Values: token, ms. */
export const STAY: Script = {
  keys: 1,
  lua: `${IS_FREE}
redis.call('set', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`
}

/** Key: lease. Value: token. */
export const RESIGN: Script = {
  keys: 1,
  lua: `
if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end
return 1`
}

/**
 * Appends an entry, whose id Redis refuses unless it is behind all others. Keys: lease, entries. Values: token, ms, length, id, text, ms
 * for which the entries are kept.
 */
export const APPEND: Script = {
  keys: 2,
  lua: `${IS_FREE}
redis.call('set', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('xadd', KEYS[2], 'MAXLEN', '~', ARGV[3], ARGV[4], 'look', ARGV[5])
redis.call('pexpire', KEYS[2], ARGV[6])
return 1`
}
