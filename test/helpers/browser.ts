import { createHash, randomBytes } from 'node:crypto'

interface Page {
  readonly status: number
  readonly location: string
  readonly body: any
  readonly headers: Headers
}

/** A browser, as far as signing in needs one: it keeps cookies by host and walks where it is sent. */
export class Browser {
  private static count = 0
  /** Where it calls from, for an application that trusts a proxy: what one address causes is told of a few times a minute only. */
  readonly address = `2001:db8:${(++Browser.count).toString(16)}::1`
  private readonly cookies = new Map<string, Map<string, string>>()

  jar(url: string): Map<string, string> {
    const { origin } = new URL(url)
    if (!this.cookies.has(origin)) this.cookies.set(origin, new Map())

    return this.cookies.get(origin)!
  }

  async get(url: string): Promise<Page> {
    const jar = this.jar(url)
    const Cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { 'X-Forwarded-For': this.address, ...(Cookie ? { Cookie } : {}) }
    const response = await fetch(url, { redirect: 'manual', headers })
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';')
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
      const isGone = value === '' || attributes.some((text) => /^ *expires=Thu, 01 Jan 1970/i.test(text))
      if (isGone) jar.delete(name)
      else jar.set(name, value)
    }
    const text = await response.text()
    const location = response.headers.get('location')
    const isJson = response.headers.get('content-type')?.includes('json')

    return {
      status: response.status,
      location: location ? new URL(location, url).href : '',
      body: isJson ? JSON.parse(text) : text,
      headers: response.headers
    }
  }

  /** Walks from the start through the provider's screens to the address of the callback, which is not called yet. */
  async walk(start: string, account: string): Promise<string> {
    let url = start
    for (let step = 0; step < 12; step++) {
      const { location, status, body } = await this.get(url)
      if (!location)
        throw new Error(
          `${url} answers ${status}: ${JSON.stringify(body)
            .replace(/^.*<pre>/s, '')
            .slice(0, 300)}`
        )
      if (location.includes('/callback?')) return location
      url = location.includes('/interaction/') ? `${location}?account=${account}` : location
    }
    throw new Error('The walk does not end')
  }

  async signIn(start: string, account: string): Promise<Page> {
    return this.get(await this.walk(start, account))
  }
}

/** `#a=b&c=d` as an object. */
export const fragmentOf = (url: string): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(new URL(url).hash.slice(1)))

export const challenged = () => {
  const code_verifier = randomBytes(32).toString('base64url')
  return { code_verifier, code_challenge: createHash('sha256').update(code_verifier).digest('base64url') }
}
