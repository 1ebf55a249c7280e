const STEP = 30
const CODE = /^\d{6}$/

export interface Enrolment {
  /** Base32, for those who cannot read the picture. */
  readonly secret: string
  readonly otpauth_uri: string
  /** The same as a picture: a data URI, SVG. */
  readonly qr_code: string
}

/** A secret for an authenticator (RFC 6238; the URI as Google Authenticator defined it). */
export const newEnrolment = async (issuer: string, label: string): Promise<Enrolment> => {
  const [{ generateSecret, generateURI }, { toString }] = await Promise.all([
    import('otplib'),
    import('qrcode')
  ])
  const secret = generateSecret()
  const otpauth_uri = generateURI({ issuer, label, secret })
  const svg = await toString(otpauth_uri, { type: 'svg' })

  return { secret, otpauth_uri, qr_code: `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}` }
}

/** What people type, without what they put between the digits. */
export const plainCode = (code: string): string => code.replace(/[\s-]/g, '').toUpperCase()

export const isTotp = (code: string): boolean => CODE.test(code)

/**
 * The time step that a code belongs to: this one, the one before or the one after, since clocks differ and people type slowly
 * (RFC 6238, section 5.2). Undefined for a wrong code.
 */
export const stepOf = async (secret: string, code: string, now = Date.now()): Promise<number | undefined> => {
  if (!CODE.test(code)) return undefined
  const epoch = Math.floor(now / 1000)
  const { verify } = await import('otplib')
  const result = await verify({ secret, token: code, epoch, epochTolerance: STEP })

  return result.valid && 'timeStep' in result ? result.timeStep : undefined
}
