import { callerOf, recordSecurity } from '../../security'
import { authenticated, Type } from '../../../declare'
import type { Action } from '../../../declare'
import { authentication, transport } from './session'

const nothing = Type.Object({}, { additionalProperties: false })
type Ending = Action<object, typeof nothing>

const logout: Ending = {
  on: 'collection',
  summary: 'End this session: its tokens stop working at once',
  input: nothing,
  output: Type.Object({ success: Type.Boolean() }),
  access: authenticated,
  transaction: false,
  async run(_data, context) {
    await authentication(context).remove(null, transport(context.params))
    return { success: true }
  }
}

const logout_all: Ending = {
  on: 'collection',
  summary: 'End all sessions of yours, this one too',
  input: nothing,
  output: Type.Object({ success: Type.Boolean(), ended: Type.Integer() }),
  access: authenticated,
  transaction: false,
  http: { path: 'logout-all' },
  async run(_data, context) {
    const { app, params, user } = context
    const { id, email } = user!
    // First this one, which on a socket signs the connection out as well.
    await authentication(context).remove(null, transport(params))
    const ended = 1 + (await authentication(context).revokeAll(id))
    const facts = { ...callerOf(params), user_id: id, email, details: { ended } }
    await recordSecurity(app, 'logged_out_everywhere', facts)

    return { success: true, ended }
  }
}

export const signOut = { logout, logout_all }
