/** What is looked at again and again while the server is used: each has to stay as it is. */
export interface Sample {
  readonly heap: number
  readonly resident: number
  readonly handles: number
  readonly files: number
  /** Prepared by the connections of all processes. */
  readonly statements: number
  /** Of the database. */
  readonly connections: number
}

const valueOf = (text: string, name: string): number =>
  text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)

/** Of all processes together, from what they show to Prometheus. */
export const sampleOf = (exposition: string, connections: number): Sample => ({
  heap: valueOf(exposition, 'nodejs_heap_size_used_bytes'),
  resident: valueOf(exposition, 'process_resident_memory_bytes'),
  handles: valueOf(exposition, 'nodejs_active_handles_total'),
  files: valueOf(exposition, 'process_open_fds'),
  statements: valueOf(exposition, 'rachis_database_statements'),
  connections
})

/** How much more each may be at the end than it was: a part of it, and some besides, since the heap is collected when it pleases. */
const ROOM: Readonly<Record<keyof Sample, readonly [part: number, besides: number]>> = {
  heap: [0.25, 20 * 2 ** 20],
  resident: [0.25, 40 * 2 ** 20],
  handles: [0.1, 10],
  files: [0.1, 10],
  statements: [0.1, 20],
  connections: [0.1, 4]
}

const least = (samples: readonly Sample[], name: keyof Sample) => Math.min(...samples.map((one) => one[name]))

/**
 * What has grown: of the second quarter and of the last one, the least that was seen of each is compared. The first quarter fills caches.
 *
 * @example growthIn(samples) // ['heap: 52428800 → 157286400']
 */
export const growthIn = (samples: readonly Sample[]): string[] => {
  const quarter = Math.floor(samples.length / 4)
  const [early, late] = [samples.slice(quarter, 2 * quarter), samples.slice(-quarter)]

  return Object.entries(ROOM).flatMap(([name, [part, besides]]) => {
    const [before, after] = [least(early, name as keyof Sample), least(late, name as keyof Sample)]
    return after <= before * (1 + part) + besides ? [] : [`${name}: ${before} → ${after}`]
  })
}
