import { github } from './github'
import { standard } from './standard'
import { stripe } from './stripe'

/** The ways of signing that receivers know. */
export const SCHEMES = { github, standard, stripe } as const
export type SchemeName = keyof typeof SCHEMES
