import type { Registry } from 'prom-client'
import { collectDefaultMetrics, Gauge, Registry as PromRegistry } from 'prom-client'

/** A number that is looked up when somebody asks for it. */
export interface GaugeSource {
  readonly name: string
  readonly help: string
  /** Of several processes the numbers are added, or the highest one counts. */
  readonly aggregator?: 'sum' | 'max'
  readonly label?: string
  /** The number, or one for each value of the label. */
  readonly read: () => number | Readonly<Record<string, number>>
}

/** Registers gauges whose numbers are read at each scrape. */
export const addGauges = (registry: Registry, sources: readonly GaugeSource[]): void => {
  for (const { name, help, aggregator = 'sum', label, read } of sources)
    new Gauge({
      name: `rachis_${name}`,
      help,
      aggregator,
      labelNames: label ? [label] : [],
      registers: [registry],
      collect() {
        const found = read()
        if (typeof found === 'number') return this.set(found)
        this.reset()
        for (const [value, number] of Object.entries(found)) this.set({ [label!]: value }, number)
      }
    })
}

let ofProcess: Registry | undefined
/** Memory, processor time, event loop and garbage collection of this process, however many applications it has. */
export const processRegistry = (): Registry => {
  if (ofProcess) return ofProcess
  ofProcess = new PromRegistry()
  collectDefaultMetrics({ register: ofProcess })

  return ofProcess
}
