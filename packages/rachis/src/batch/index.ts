import type { Module } from '../module'
import { batches } from './batch'
import { operationFinder } from './operations'

/**
 * The module of `POST /batch`: several operations of any resources in one transaction, each under its own rule.
 *
 * @example createApp({ modules: [accounts, batch], resources: [notes] })
 */
export const batch = {
  name: 'batch',
  resources: [batches],
  prepare({ app, models }) {
    app.set('findOperation', operationFinder({ models, versions: app.get('versions'), own: batches.name }))
  }
} satisfies Module

export { batches }
