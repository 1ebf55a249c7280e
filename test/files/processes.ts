import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Person } from '../../packages/rachis/src/testing/wire'
import { Children } from '../helpers/child'
import type { World } from '../helpers/world'
import type { TusClient } from './tus-client'
import { tusClient } from './tus-client'

/** A process that serves the files of a world: its database, and its folder. */
export interface Process {
  readonly child: ChildProcess
  readonly url: string
  /** Of one person. */
  readonly client: TusClient
}

/** Starts processes, and ends those that are left. */
export class Processes {
  private readonly children = new Children()

  constructor(private readonly folder: string) {}

  async start(world: World, person: Person): Promise<Process> {
    const migrations = (world.app.get('migrations') as string[]).at(-1)!
    const child = this.children.start(path.join(__dirname, 'child.ts'), [world.database, migrations, this.folder]) // prettier-ignore
    const [{ port }] = (await once(child, 'message')) as [{ port: number }]
    const url = `http://127.0.0.1:${port}`

    return { child, url, client: tusClient(url, person) }
  }

  endAll(): void {
    this.children.killAll()
  }
}
