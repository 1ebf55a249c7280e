import type { ChildProcess } from 'child_process'

interface Call {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}
interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}
type Methods = Readonly<Record<string, (argument: never) => unknown>>

/** In a child process: answers what its parent calls by name. */
export const serve = (methods: Methods) => {
  process.on('message', ({ id, name, argument }: Call) => {
    const answer = (facts: Omit<Answer, 'id'>) => process.send!({ id, ...facts })
    Promise.resolve()
      .then(() => methods[name]!(argument as never))
      .then((value) => answer({ value }), (error: Error) => answer({ error: error.stack })) // prettier-ignore
  })
  process.on('disconnect', () => process.exit())
}

/** In the parent: calls a child process, and fails where the child fails or ends. */
export class Remote {
  private last = 0
  private readonly waiting = new Map<number, (answer: Answer) => void>()

  constructor(private readonly child: ChildProcess) {
    child.on('message', (answer: Answer) => this.settle(answer.id, answer))
    child.on('exit', (code) => {
      for (const id of this.waiting.keys()) this.settle(id, { id, error: `The process ended with ${code}` })
    })
  }

  call<T>(name: string, argument?: unknown): Promise<T> {
    const id = ++this.last

    return new Promise((resolve, reject) => {
      this.waiting.set(id, ({ value, error }) => (error ? reject(new Error(error)) : resolve(value as T)))
      this.child.send({ id, name, argument })
    })
  }

  private settle(id: number, answer: Answer) {
    const resolve = this.waiting.get(id)
    this.waiting.delete(id)
    resolve?.(answer)
  }
}
