/** A server that is measured, as its own process sees it. */
export interface Contender {
  /** Where the paths of the API begin. */
  readonly url: string
  /** An access token for each of these users. */
  tokens(ids: readonly number[]): Promise<string[]>
  stop(): Promise<unknown>
}
/** Every file in servers/ exports one as `start`. */
export type Start = (databaseUrl: string, variant: string) => Promise<Contender>

export interface ContenderName {
  readonly name: string
  /** The file in servers/, and what it is told to do differently. */
  readonly file: 'rachis' | 'limit' | 'feathers' | 'fastify' | 'ws'
  readonly variant: string
}

const contender = (name: string, file: ContenderName['file'], variant = ''): ContenderName => ({
  name,
  file,
  variant
})

/** The ratios are those of the first three; the others show what else could be had. */
export const CONTENDERS: readonly ContenderName[] = [
  contender('rachis', 'rachis'),
  contender('rachis-limited', 'rachis', 'limited'),
  contender('rachis-unpipelined', 'rachis', 'unpipelined'),
  contender('feathers', 'feathers'),
  contender('limit', 'limit'),
  contender('fastify', 'fastify'),
  contender('limit-json', 'limit', 'json'),
  contender('limit-pipelined', 'limit', 'pipelined'),
  contender('feathers-rooms', 'feathers', 'rooms')
]

export const contenderOf = (name: string): ContenderName => {
  const found = CONTENDERS.find((one) => one.name === name)
  if (found) return found
  throw new Error(`There is no contender ${name}; there are ${CONTENDERS.map((one) => one.name).join(', ')}`)
}
