import type { Module } from '../module'
import { graphqlModule } from './module'

/**
 * The module of `/graphql`: every operation as a field of a query or a mutation, and events as subscriptions.
 *
 * @example createApp({ modules: [accounts, graphql], resources: [notes] })
 */
export const graphql = { name: 'graphql', ...graphqlModule } satisfies Module

export type { GraphqlSettings } from './settings'
