import type { AuthProvider } from 'ra-core'
import { client, request, service, told } from './client'

const nameOf = (user: Record<string, unknown>): string =>
  [user.first_name, user.last_name].filter(Boolean).join(' ') ||
  String(user.username ?? user.email ?? user.id)

/**
 * Who is signed in. Nobody has to be: what is open to anybody is shown to anybody, so that only an answer of the server that a session is over
 * leads to the log-in page.
 */
export const authProvider: AuthProvider = {
  async login() {},
  async logout() {
    // Before the session ends, with which the page is made anew for whoever sits here then.
    location.hash = '/login'
    await client.logout().catch(() => undefined)
    return '/login'
  },
  async checkAuth() {},
  async checkError({ status }: { status?: number }) {
    if (status === 401) throw new Error('Your session is over')
  },
  async getPermissions() {},
  async getIdentity() {
    const user = client.session?.user
    return user ? { id: user.id, fullName: nameOf(user) } : { id: 0, fullName: '' }
  }
}

/** Signs in, and leads to the beginning before the page is made anew for whoever sits here now. */
export const signIn = async ({ email, password, code }: Record<string, string>): Promise<void> => {
  await told(client.login({ email: email!, password: password!, ...(code ? { code } : {}) }))
  location.hash = '/'
}

/** The providers that one can sign in by; none where the application has no accounts. */
export const providers = async (): Promise<readonly { readonly name: string }[]> => {
  const answer = await request('/auth/providers').catch(() => undefined)
  if (!answer) return []

  return ((await answer.json()) as { data: { name: string }[] }).data
}

const VERIFIER = 'rachis:oauth'
const base64url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '') // prettier-ignore

/** Sends the browser to the provider; it comes back to this page with a code that is of use together with the verifier alone (RFC 7636). */
export const beginOauth = async (name: string): Promise<void> => {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)))
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  sessionStorage.setItem(VERIFIER, verifier)
  const query = new URLSearchParams({
    response: 'code',
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: 'S256',
    redirect: `${location.origin}/admin`
  })
  location.assign(`/api/v1/oauth/${name}?${query}`)
}

/**
 * What a provider's log-in handed over in the fragment of the address: signs in by it, and takes it out of the address and the history.
 *
 * @returns what went wrong; undefined where nothing did
 */
export const finishOauth = async (): Promise<string | undefined> => {
  const handed = new URLSearchParams(location.hash.replace(/^#/, ''))
  const [code, error] = [handed.get('code'), handed.get('error')]
  if (!code && !error) return undefined
  history.replaceState(null, '', location.pathname)
  const code_verifier = sessionStorage.getItem(VERIFIER) ?? ''
  sessionStorage.removeItem(VERIFIER)
  if (error) return error
  try {
    await told(client.adopt((await service('auth').oauth_exchange!({ code, code_verifier })) as never))
    return undefined
  } catch (refused) {
    return (refused as Error).message
  }
}
