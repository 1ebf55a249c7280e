import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'

const read = (file: string) => readFileSync(path.join(__dirname, '../../docs', file), 'utf8')

interface Panel {
  readonly title: string
  readonly type: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string }[]
}
const { panels } = JSON.parse(read('grafana.json')) as { readonly panels: readonly Panel[] }
const METRIC = /\b(rachis|nodejs|process)_[a-z0-9_]+\b/g

describe('the metrics that are told of', () => {
  let world: World
  /** Each metric, with the names that a histogram is asked by. */
  let names: Set<string>
  /** The labels of each, as far as it has values. */
  let series: string[]
  before(async () => {
    world = await startWorld({
      settings: {
        metrics: { open: 'always' },
        database: { replica_url: 'postgres://nobody@127.0.0.1:1/none' }
      }
    })
    const owner = await world.person('owner')
    await world.rest(owner, 'POST', '/tasks', { body: { title: 'x' } })
    const socket = await world.socket(owner)
    await socket.call('find', 'tasks', {})
    await world.settled()
    const text = await (await fetch(`${world.url}/metrics`)).text()
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)]
    names = new Set(
      types.flatMap(([, name, type]) =>
        type === 'histogram' ? ['', '_bucket', '_sum', '_count'].map((end) => `${name}${end}`) : [name!]
      )
    )
    series = text.split('\n').filter((line) => /^\w/.test(line))
  })
  after(() => world.close())

  it('are there, in the dashboard', () => {
    const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
    assert.ok(expressions.length > 20)
    for (const expression of expressions)
      for (const [name] of expression.matchAll(METRIC)) assert.ok(names.has(name), `${name} in ${expression}`)
  })

  it('have the labels that the dashboard groups them by', () => {
    for (const { targets = [] } of panels)
      for (const { expr } of targets) {
        const [, labels] = /by \(([^)]*)\)/.exec(expr) ?? []
        const [metric] = expr.match(METRIC)!
        const own = series.filter((line) => line.startsWith(`${metric}{`))
        // What has no values now, such as a consumer in trouble, shows no labels.
        if (labels === undefined || own.length === 0) continue
        for (const label of labels.split(', '))
          assert.ok(own[0]!.includes(`${label}="`), `${label} of ${expr}`)
      }
  })

  it('are each in the table of docs/operations.md, and none besides', () => {
    const table = read('operations.md').split('## Metrics')[1]!.split('\n## ')[0]!
    const told = new Set([...table.matchAll(/`(rachis_[a-z_]+)`/g)].map(([, name]) => name!))
    const own = [...names].filter((name) => name.startsWith('rachis_') && !/_(bucket|sum|count)$/.test(name))
    assert.deepEqual([...told].sort(), own.sort())
  })

  it('have panels that lie beside each other, and not one over another', () => {
    for (const [index, { gridPos: a, title }] of panels.entries())
      for (const { gridPos: b } of panels.slice(index + 1))
        assert.ok(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y, title)
  })
})
