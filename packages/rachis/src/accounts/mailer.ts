import { randomUUID } from 'crypto'
import { mkdir, writeFile } from 'fs/promises'
import path from 'path'
import type { Transporter } from 'nodemailer'
import type { Logger } from '../util/logger'
import { Background } from '../util/background'
import { withTimeout } from '../util/timeout'
import type { Facts, Letter, LetterName, Mail } from './mails'
import { mailOf, writeMail } from './mails'

export interface MailerOptions {
  readonly smtp_url: string
  readonly from: string
  /** Where messages are kept instead, where there is no server; nowhere if it is empty. */
  readonly folder: string
  readonly public_url: string
  readonly isProduction: boolean
  readonly logger: Logger
}

const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 }
/** The end of the process does not wait longer than this for mails that are still to be sent. */
const PATIENCE = 3000

/** Sends the mails of signing in, in the background: by SMTP, or while developing to a folder and the log. */
export class Mailer {
  private transport?: Promise<Transporter>
  private readonly background: Background

  constructor(private readonly options: MailerOptions) {
    const { logger } = options
    this.background = new Background((err) => logger.error({ err }, 'A mail could not be sent'))
  }

  /**
   * Decides and sends once the answer is on its way, so that it tells nothing: not whether there was a mail, nor how long that
   * took.
   *
   * @example mailer.later(async (send) => { if (await isKnown(email)) await send('verify_email', email, { token }) })
   */
  later(work: (send: (name: LetterName, to: string, facts?: Facts) => Promise<void>) => Promise<void>): void {
    const send = (name: LetterName, to: string, facts?: Facts) =>
      this.send(mailOf(this.options.public_url, name, to, facts))
    this.background.run(() => work(send))
  }

  /**
   * Sends a mail of another module, and resolves once the mail server has taken it.
   *
   * @param name what kind of mail it is, for the log
   * @param message_id the same for a mail that may be sent again, so that its reader shows it once
   * @throws {Error} where the server cannot be reached, or refuses it: the caller tries again
   * @example await mailer.deliver('low_stock', 'ada@example.com', { subject: 'Low stock', lines: ['Tea is running out.'] })
   */
  deliver(
    name: string,
    to: string,
    letter: Omit<Letter, 'path'>,
    { message_id }: { readonly message_id?: string } = {}
  ): Promise<void> {
    return this.send(writeMail(name, to, letter), message_id)
  }

  /** Opened for the first mail: most starts send none, and need not wait for the library. */
  private async open(): Promise<Transporter> {
    const { smtp_url: url, from } = this.options
    const { createTransport } = await import('nodemailer')
    const safe = { disableFileAccess: true, disableUrlAccess: true }

    return url
      ? createTransport({ url, pool: true, maxConnections: 2, ...TIMEOUTS, ...safe }, { from })
      : createTransport({ streamTransport: true, buffer: true, newline: 'windows', ...safe }, { from })
  }

  private async send(mail: Mail, messageId?: string): Promise<void> {
    const { smtp_url, isProduction, folder, logger } = this.options
    const { name, to, subject, text, html } = mail
    if (!smtp_url && isProduction) throw new Error('smtp_url is not set')
    const transport = await (this.transport ??= this.open())
    const { message } = (await transport.sendMail({
      to: { name: '', address: to },
      subject,
      text,
      html,
      messageId
    })) as {
      message?: Buffer
    }
    if (smtp_url) logger.info({ mail: name }, 'A mail was sent')
    else if (folder) await this.keep(mail, message!)
  }

  /** While developing, nobody is mailed, and the developer finds the link in a file. */
  private async keep({ name, to, subject, text }: Mail, message: Buffer): Promise<void> {
    const { folder, logger } = this.options
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const file = path.join(
      folder,
      `${new Date().toISOString().replace(/\W/g, '')}-${name}-${randomUUID().slice(0, 8)}.eml`
    )
    await writeFile(file, message, { mode: 0o600 })
    logger.info(
      { mail: name, to, subject, text, file },
      'A mail was kept instead of sent: smtp_url is not set'
    )
  }

  /** Resolves once every mail that was asked for is sent or has failed. */
  idle(): Promise<void> {
    return this.background.idle()
  }

  async close(): Promise<void> {
    await withTimeout(PATIENCE, this.idle())
    ;(await this.transport)?.close()
  }
}

declare module '../declare/declarations' {
  interface Configuration {
    mailer: Mailer
  }
}
