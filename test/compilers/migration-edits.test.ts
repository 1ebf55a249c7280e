import assert from 'node:assert/strict'
import { planOf } from '../../packages/rachis/src/database/plan/plan'
import type { Step } from '../../packages/rachis/src/database/plan/step'
import { bare } from './bare'
import { COLUMNS, PARTS, VALUES } from './migration-edits'
import type { Edit } from './migration-edits'

const said = (value: string) => (value === 'none' ? '' : value)
/** `expand: add column a (ACCESS EXCLUSIVE) rewrites` */
const line = ({ phase, kind, name, lock, risk }: Step): string =>
  [`${phase}: ${kind}`, name, said(lock) && `(${lock})`, said(risk)].filter(Boolean).join(' ')

const planned = ({ from, to, drop = [], narrow = [] }: Edit) =>
  planOf([bare(from)], [bare(to)], { drop: new Set(drop), narrow: new Set(narrow) })

describe('edits of declarations', () => {
  const lists = { 'of columns': COLUMNS, 'of values': VALUES, 'of what stands between columns': PARTS }
  for (const [title, edits] of Object.entries(lists))
    describe(title, () => {
      for (const edit of edits)
        it(edit.name, () => {
          const { steps, refused, tables } = planned(edit)
          assert.deepEqual(steps.map(line), edit.plan)
          assert.deepEqual(refused.map(({ name, flag }) => [name, flag].filter(Boolean).join(' --')), edit.refused ?? []) // prettier-ignore
          const again = planOf(tables, [bare(edit.to)])
          assert.deepEqual(again.steps, [], 'what is written is not written again')
        })
    })
})
