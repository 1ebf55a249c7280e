import type { World } from '../helpers/world'

/** What is read and written of one resource. */
export interface Work {
  readonly path: string
  readonly body: () => object
  /** Of a change of a record that was just made. */
  readonly change: () => object
  readonly query: string
}

/** People who read and write all the time, each other's records as well. */
export class Load {
  readonly failures: string[] = []
  count = 0
  slowest = 0
  private isOver = false
  private readonly work: Promise<unknown>

  constructor(
    private readonly world: World,
    private readonly works: readonly Work[],
    people = 6
  ) {
    this.work = Promise.all(Array.from({ length: people }, (_value, at) => this.goOn(at)))
  }

  private async send(method: string, at: string, body?: object) {
    const begun = Date.now()
    const response = await fetch(`${this.world.url}/api/v1/${at}`, {
      method,
      ...(body ? { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } } : {})
    })
    const answer = (await response.json().catch(() => ({}))) as { id?: number }
    this.slowest = Math.max(this.slowest, Date.now() - begun)
    this.count++
    if (response.status >= 400) this.failures.push(`${method} ${at} ${response.status} ${JSON.stringify(answer)}`)

    return answer
  } // prettier-ignore

  private async goOn(person: number) {
    for (let turn = person; !this.isOver; turn++) {
      const { path, body, change, query } = this.works[turn % this.works.length]!
      const { id } = await this.send('POST', path, body())
      await this.send('GET', `${path}?${query}`)
      await this.send('PATCH', `${path}/${id}`, change())
      await this.send('GET', `${path}/${id}`)
      await this.send('DELETE', `${path}/${id}`)
    }
  }

  /** Waits until everything was tried at least so many more times. */
  async rounds(times: number) {
    const until = this.count + times * 5 * this.works.length
    while (this.count < until && this.failures.length === 0)
      await new Promise((resolve) => setTimeout(resolve, 10))
  }

  async end() {
    this.isOver = true
    await this.work
  }
}
