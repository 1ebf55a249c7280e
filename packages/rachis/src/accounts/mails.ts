/** What a mail says. Nothing in it was chosen by whoever caused it, but addresses and names of hosts, which are ASCII. */
export interface Letter {
  readonly subject: string
  readonly lines: readonly string[]
  /** Where its link leads, below `public_url`. */
  readonly path?: string
}
export interface Facts {
  readonly token?: string
  readonly email?: string
}

const IGNORE = 'If it was not you, you need not do anything.'

const LETTERS = {
  verify_email: () => ({
    subject: 'Confirm your email address',
    lines: ['Open this link to confirm that this address is yours:', IGNORE],
    path: 'verify-email'
  }),
  reset_password: () => ({
    subject: 'Set a new password',
    lines: ['Somebody asked for a new password for your account. Open this link to set one:', IGNORE],
    path: 'reset-password'
  }),
  already_registered: () => ({
    subject: 'You already have an account',
    lines: [
      'Somebody tried to make an account with this address, which has one already. If it was you, sign in, or set a new password.',
      IGNORE
    ]
  }),
  confirm_email: () => ({
    subject: 'Confirm your new email address',
    lines: ['Open this link to sign in with this address from now on:', IGNORE],
    path: 'confirm-email-change'
  }),
  cancel_email: ({ email }) => ({
    subject: 'Your email address is about to change',
    lines: [
      `Somebody who is signed in to your account asked to change its address to ${email}. If it was not you, open this link, which keeps this address or brings it back, and signs everybody out:`,
      'If it was you, you need not do anything.'
    ],
    path: 'cancel-email-change'
  }),
  password_changed: () => ({
    subject: 'Your password was changed',
    lines: [
      'The password of your account was changed.',
      'If it was not you, set a new one at once by “forgot password”.'
    ]
  })
} satisfies Record<string, (facts: Facts) => Letter>

export type LetterName = keyof typeof LETTERS
export interface Mail {
  /** What kind of mail it is, for the log. */
  readonly name: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

/**
 * A mail as text and as HTML. Its link carries the token behind a #, which browsers neither send to servers nor tell to other
 * pages.
 *
 * @example mailOf('https://example.com', 'verify_email', 'ada@example.com', { token })
 */
export const mailOf = (public_url: string, name: LetterName, to: string, facts: Facts = {}): Mail => {
  const letter: Letter = LETTERS[name](facts)
  const link = letter.path && `${public_url.replace(/\/$/, '')}/auth/${letter.path}#token=${facts.token}`

  return writeMail(name, to, letter, link)
}

/** A mail as text and as HTML, with its link, if it has one, behind the first line. */
export const writeMail = (name: string, to: string, { subject, lines }: Letter, link?: string): Mail => {
  const [first = '', ...rest] = lines
  const html = [
    `<p>${escaped(first)}</p>`,
    ...(link ? [`<p><a href="${escaped(link)}">${escaped(link)}</a></p>`] : []),
    ...rest.map((line) => `<p>${escaped(line)}</p>`)
  ]

  return {
    ...{ name, to, subject },
    text: `${[first, ...(link ? [link] : []), ...rest].join('\n\n')}\n`,
    html: `<!doctype html><html lang="en"><body>${html.join('')}</body></html>`
  }
}
