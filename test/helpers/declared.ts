import { accounts } from '../../packages/rachis/src/accounts'
import { resources as own } from '../../src/services/resources'

/** Every declaration of the shipped application: those of its modules, then its own. */
export const resources = [...accounts.resources, ...own]
