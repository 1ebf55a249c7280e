import assert from 'node:assert/strict'
import { anyone, defineResource, integer, text } from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import { lowerAll } from '../../packages/rachis/src/model/lower'
import type { DeclaredVersions } from '../../packages/rachis/src/model/versions/api-versions'
import { presentData } from '../../packages/rachis/src/model/versions/data'
import { presentQuery } from '../../packages/rachis/src/model/versions/query'
import { recordIn } from '../../packages/rachis/src/model/versions/record'
import { versionsOf } from '../../packages/rachis/src/model/versions/verify'

describe('declarations of versions', () => {
  const note = (versions: object) =>
    defineResource('notes', {
      fields: { title: text(), size: integer() },
      access: { read: anyone },
      versions
    } as never) as unknown as AnyResource
  const problemOf = (versions: object, declared: DeclaredVersions = { current: 2 }): string => {
    try {
      versionsOf(declared, lowerAll([note(versions)]))
    } catch (error) {
      return (error as Error).message
    }
    return ''
  }

  it('stop the start where they cannot be what is meant', () => {
    const same = (value: unknown) => value
    assert.equal(problemOf({ 1: { fields: { name: { from: 'title' } }, without: ['size'] } }), '')
    assert.equal(problemOf({ 1: { fields: { title: { from: 'size' }, size: { from: 'title' } } } }), '')
    for (const [versions, expected] of [
      [{ 2: {} }, 'versions.2 is no older version'],
      [{ 1: { fields: { name: { from: 'titel' } } } }, 'from names titel'],
      [
        { 1: { fields: { size: { from: 'title' } } } },
        'has a field size, which the next version has as well'
      ],
      [{ 1: { without: ['sise'] } }, 'without names sise'],
      [
        { 1: { fields: { both: { from: ['title', 'size'], answer: same } } } },
        'write schema, answer and request'
      ]
    ] as const)
      assert.ok(problemOf(versions).includes(expected), problemOf(versions))
    for (const [declared, expected] of [
      [{ current: 0 }, 'versions.current is 0'],
      [{ current: 2, older: { 2: {} } }, 'no version before 2'],
      [{ current: 2, older: { 1: { sunset: 'soon' } } }, 'write a time'],
      [{ current: 2, older: { 1: { deprecated: '2027-01-01', sunset: '2026-01-01' } } }, 'ends before']
    ] as const)
      assert.ok(problemOf({}, declared).includes(expected))
  })

  it('lead through several versions', () => {
    const [model] = lowerAll([
      note({ 1: { fields: { label: { from: 'name' } } }, 2: { fields: { name: { from: 'title' } }, without: ['size'] } })
    ]) // prettier-ignore
    assert.deepEqual(recordIn(model!, 1, { id: 7, title: 'a', size: 1 }), { id: 7, label: 'a' })
    assert.deepEqual(recordIn(model!, 2, { id: 7, title: 'a', size: 1 }), { id: 7, name: 'a' })
    assert.deepEqual(recordIn(model!, 3, { id: 7, title: 'a', size: 1 }), { id: 7, title: 'a', size: 1 })
    assert.deepEqual(presentData(model!, 1, { label: 'a' }), { title: 'a' })
    assert.deepEqual(presentQuery(model!, 1, { 'label[$ne]': 1, sort: '-label', label: { $in: ['a'] } }), {
      'label[$ne]': 1,
      sort: '-title',
      title: { $in: ['a'] }
    })
    assert.throws(() => presentData(model!, 1, { name: 'a' }), { code: 422 })
    assert.throws(() => presentQuery(model!, 2, { label: 'a', title: 'b' }), { code: 400 })
  })
})
