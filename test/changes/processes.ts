import { createDatabase, dropDatabase, onServer } from '../helpers/database'
import type { Json, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { Recorder } from './recorder'

/** Of the consumer that the processes run in turns. */
export const NAME = 'recorder'
/** Seconds. */
const settings = { feed: { lease: 1, stall_timeout: 1 } }

export interface Process {
  readonly world: World
  readonly recorder: Recorder
}

/** Processes on one database, each with a durable consumer of the same name. */
export class Processes {
  private readonly open = new Set<World>()
  private owner?: number

  private constructor(readonly database: string) {}

  static async create(): Promise<Processes> {
    return new Processes(await createDatabase())
  }

  /** `url`: another way to the same database. */
  async start(url = this.database, recorder = new Recorder(NAME, 'durable')): Promise<Process> {
    const world = await startWorld({ database: url, settings, consumers: [recorder] })
    this.open.add(world)

    return { world, recorder }
  }

  async stop({ world }: Process): Promise<void> {
    this.open.delete(world)
    await world.close(true)
  }

  async end(): Promise<void> {
    for (const world of this.open) await world.close(true)
    await dropDatabase(this.database)
  }

  sql(text: string, values: unknown[] = []): Promise<Json[]> {
    const config = { connectionString: this.database }
    return onServer(async (client) => (await client.query(text, values)).rows as Json[], config)
  }

  /** Writes tasks by hand, whether or not a process runs. */
  async write(...titles: string[]): Promise<void> {
    this.owner ??= (
      await this.sql(
        `insert into users (email, username, password) values ('owner@example.com', 'owner', 'x') returning id`
      )
    )[0]!.id as number
    for (const title of titles)
      await this.sql('insert into tasks (title, user_id) values ($1, $2)', [title, this.owner])
  }

  async stored(): Promise<Json> {
    return (await this.sql('select * from feed_consumers where name = $1', [NAME]))[0]!
  }
}

/** For `recorder.until`. */
export const has =
  (title: string) =>
  ({ titles }: Recorder): boolean =>
    titles.includes(title)
