import assert from 'node:assert/strict'
import { graphql } from '../../packages/rachis/src/graphql'
import { accounts } from '../../packages/rachis/src/accounts'
import { unreadSettings, upgradeLines } from '../../packages/rachis/src/cli/upgrade'
import { ENGINE_MIGRATIONS, migrationNames } from '../../packages/rachis/src/database/migration-source'
import { createApp } from '../../src/app'
import { settingsSchema } from '../helpers/settings'

describe('what an upgrade of the engine needs', () => {
  const modules = [accounts, graphql]
  const lines = (facts: { node?: string; pending?: readonly string[]; config?: object; versions?: object }) =>
    upgradeLines({
      app: createApp({ config: facts.config as never, ...(facts.versions ? { versions: facts.versions as never } : {}) }),
      modules,
      node: facts.node ?? 'v22.1.0',
      ...(facts.pending ? { pending: facts.pending } : {})
    }) // prettier-ignore

  it('is nothing where all is as it should be', () => assert.deepEqual(lines({ pending: [] }), []))

  it('are its migrations, each with whose it is', () => {
    const [engine] = migrationNames(ENGINE_MIGRATIONS)
    const [ofAccounts] = migrationNames(accounts.migrations!)
    const said = lines({ pending: [engine!, ofAccounts!, '20270101000000_own_online'] })
    assert.equal(said[0], '3 migrations wait for npm run migrate, or for the next start:')
    assert.match(said[1]!, new RegExp(`${engine} \\(the engine\\): waits two seconds`))
    assert.match(said[2]!, new RegExp(`${ofAccounts} \\(accounts\\)`))
    assert.equal(said[3], '  20270101000000_own_online (the application): others read and write meanwhile')
  })

  it('are settings that have gone, at any depth, and none that an application reads by itself', () => {
    assert.deepEqual(lines({ config: { http: { gone: 1 }, auth: { limits: { gone: 1 } }, of_the_application: 1 } }), [
      'Nothing reads the setting http.gone any more: docs/operations.md lists those that there are',
      'Nothing reads the setting auth.limits.gone any more: docs/operations.md lists those that there are'
    ])
    assert.deepEqual(unreadSettings(settingsSchema.properties.http, { shutdown_grace: 1 }, 'http'), [])
  }) // prettier-ignore

  it('are versions of the API that end, and a Node that is past its end', () => {
    const versions = { current: 2, older: { 1: { deprecated: '2026-11-01', sunset: '2027-11-01' } } }
    assert.deepEqual(lines({ versions, node: 'v20.20.2' }), [
      'Version 1 of the API is deprecated since 2026-11-01 and ends at 2027-11-01',
      'v20.20.2 of Node gets no more security fixes: 22 and 24 are supported'
    ])
  })
})
