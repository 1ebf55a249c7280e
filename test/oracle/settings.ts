const { ORACLE_FEED_URL: url } = process.env

/** Of all processes of a story: one reads the table of changes for all of them where ORACLE_FEED_URL names a Redis, else each by itself. */
export const SETTINGS = url ? { feed: { url } } : {}
