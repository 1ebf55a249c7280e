import { digestOf } from './entity-tags'

/** Characters from which a body is written as bytes: a text is copied once more, to stand behind its headers. */
const LONG = 4096

/** The text of an answer, whose bytes and whose digest are made once, however often it is sent. */
export class EncodedText {
  private bytes?: Buffer
  private known?: string

  constructor(readonly text: string) {}

  /** What is written of it: bytes where it is long. */
  get body(): string | Buffer {
    return this.text.length > LONG ? (this.bytes ??= Buffer.from(this.text)) : this.text
  }

  /** As `digestOf` gives it. */
  get digest(): string {
    return (this.known ??= digestOf(this.body))
  }
}
