import { accounts } from '../../packages/rachis/src/accounts'
import type { AppOptions } from '../../packages/rachis/src/create-app'
import { defineResource, role, text, Type } from '../../packages/rachis/src/declare'
import { defineJob, jobs } from '../../packages/rachis/src/jobs'
import { defineReceiver, receivers } from '../../packages/rachis/src/receivers'
import type { Signer } from './signers'
import { SECRETS } from './signers'

/** What was received, as jobs note it. */
export const parcels = defineResource('parcels', {
  fields: { title: text({ maxLength: 200 }), event_id: text({ maxLength: 255 }), kind: text({ maxLength: 100 }) },
  access: { read: role('admin') }
}) // prettier-ignore

const input = Type.Object({ title: Type.String(), event_id: Type.String(), kind: Type.String() })
export const notePost = defineJob('note_parcel', {
  input,
  retries: 0,
  run: async (given, { knex }) => void (await knex('parcels').insert(given))
})

export const receiverOf = (scheme: Signer, more: object = {}) =>
  defineReceiver(scheme, {
    scheme,
    payload: Type.Object({ title: Type.String({ minLength: 1, maxLength: 150 }) }),
    job: notePost,
    input: ({ id, type, payload }) => ({ title: payload.title, event_id: id, kind: type }),
    body_limit: 2000,
    ...more
  })

const OTHER = 'another-secret-of-github'
export const options: AppOptions = {
  resources: [parcels],
  modules: [
    accounts,
    jobs([notePost]),
    receivers([
      receiverOf('github', { types: ['push', 'ping'] }),
      receiverOf('standard'),
      receiverOf('stripe'),
      defineReceiver('closed', { scheme: 'github', payload: Type.Object({}), job: notePost, input: () => ({ title: '', event_id: '', kind: '' }) })
    ])
  ],
  config: {
    jobs: { poll_interval: 100, maintenance: 1, shutdown_grace: 0 },
    receivers: {
      github: { secrets: [OTHER, SECRETS.github] },
      standard: { secrets: [SECRETS.standard] },
      stripe: { secrets: [SECRETS.stripe] }
    }
  } as never
} // prettier-ignore
