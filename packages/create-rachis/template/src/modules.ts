import { accounts } from 'rachis/accounts'

/** What this application is built on besides the engine. */
export const modules = [accounts]
