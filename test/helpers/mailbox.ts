import { once } from 'node:events'
import { EventEmitter } from 'node:events'
import type { AddressInfo } from 'node:net'
import { simpleParser } from 'mailparser'
import type { ParsedMail } from 'mailparser'
import { SMTPServer } from 'smtp-server'

export interface Received {
  /** As the envelope says it: who it is really delivered to. */
  readonly to: readonly string[]
  readonly mail: ParsedMail
  readonly raw: string
}

/** A real SMTP server that keeps what it receives. */
export class Mailbox extends EventEmitter {
  readonly received: Received[] = []
  private server!: SMTPServer
  url = ''

  async open(port = 0) {
    // As many mails may be waited for as a test likes.
    this.setMaxListeners(0)
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData: (stream, session, done) => {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => void this.keep(Buffer.concat(chunks), session.envelope.rcptTo.map(({ address }) => address)).then(() => done(), done)) // prettier-ignore
      }
    })
    this.server.on('error', () => undefined)
    const listening = this.server.listen(port, '127.0.0.1')
    await once(listening, 'listening')
    this.url = `smtp://127.0.0.1:${(listening.address() as AddressInfo).port}`
  }

  private async keep(raw: Buffer, to: string[]) {
    this.received.push({ to, mail: await simpleParser(raw), raw: String(raw) })
    this.emit('mail')
  }

  /** The mails to an address, newest last; waits for the first that fits. */
  async to(address: string, subject = /./, count = 1): Promise<Received[]> {
    const found = () => this.received.filter(({ to, mail }) => to.includes(address) && subject.test(mail.subject ?? '')) // prettier-ignore
    while (found().length < count) await once(this, 'mail')

    return found()
  }

  /** The token of the newest mail to an address. */
  async token(address: string, subject = /./, count = 1): Promise<string> {
    return tokenOf((await this.to(address, subject, count)).at(-1)!)
  }

  async close() {
    await new Promise<void>((resolve) => this.server.close(resolve))
  }
}

export const tokenOf = ({ mail }: Received): string => /#token=([\w-]+)/.exec(mail.text ?? '')![1]!
