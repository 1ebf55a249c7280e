import type { Operation } from '../model/operations'
import { identify } from './hooks/authenticate'
import { authorize } from './hooks/authorize'
import { boundData } from './hooks/bound-data'
import { recordChange } from './hooks/change'
import { idempotency, rememberAnswer } from './hooks/idempotency'
import { limitRate } from './hooks/limit-rate'
import { prepare } from './hooks/prepare'
import { project } from './hooks/project'
import { askReferences } from './hooks/references'
import { authorizeResults, refuseSingle, selectMany } from './hooks/select-many'
import { share } from './hooks/share'
import { authorizeFields } from './hooks/unchanged'
import { validateData } from './hooks/validate'
import type { Parts, Pipeline } from './pipeline-parts'
import { guardOf, preconditionsOf } from './pipeline-parts'

/** What is asked of the data of a change of many records, before any of them is looked at. */
const changedData = ({ model, passwords }: Parts): Pipeline => [
  ['boundData', boundData(model, 'patch')],
  ['validateData', validateData(model, 'patch')],
  ['authorizeFields', authorizeFields(model, 'patch')],
  ['refuseSingle', refuseSingle(model)],
  ['askReferences', askReferences(model)],
  ['prepare', prepare(model, passwords)]
]

/** A change, or the removal, of all records that filters find. */
export const many = (parts: Parts, { name, many: kind }: Operation): Pipeline => {
  const { model, wake, inTransaction } = parts
  const isChange = kind!.as === 'patch'

  return [
    ['identify', identify()],
    ['limit', limitRate(parts, name)],
    ['authorize', authorize(model)],
    ['share', share()],
    ['idempotency', idempotency([project(model)])],
    ['guard', guardOf(parts, name)],
    ['preconditions', preconditionsOf(parts, name)],
    ['selectMany', selectMany(model)],
    ...(isChange ? changedData(parts) : []),
    ['project', project(model)],
    ['recordChange', recordChange(model, wake)],
    ['transaction', inTransaction(() => true)],
    ['rememberAnswer', rememberAnswer],
    ...(isChange ? ([['authorizeResults', authorizeResults(model)]] as const) : [])
  ]
}
