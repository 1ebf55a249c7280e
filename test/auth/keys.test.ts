import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, randomUUID } from 'crypto'
import type { KeyPairKeyObjectResult } from 'crypto'
import jwt from 'jsonwebtoken'
import { Tokens } from '../../packages/rachis/src/accounts/tokens'
import type { Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { assertError, assertRefused } from '../input/contract'

const SECRETS = ['the first secret of the tests, 32 or more', 'the second secret of the tests, as long']
const pem = ({ privateKey, publicKey }: KeyPairKeyObjectResult) => ({
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  publicKey: publicKey.export({ type: 'spki', format: 'pem' }) as string
})
const rsa = (modulusLength: number) => pem(generateKeyPairSync('rsa', { modulusLength }))
const ec = (namedCurve: string) => pem(generateKeyPairSync('ec', { namedCurve }))
const RSA = rsa(2048)
const P256 = ec('prime256v1')
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('keys', () => {
  let first: World
  let owner: Person
  const later: World[] = []
  before(async () => {
    first = await startWorld({ settings: { secret_key: SECRETS[0] } })
    owner = await first.register('owner')
  })
  after(async () => {
    for (const world of later) await world.close(true)
    await first?.close()
  })

  /** The same application with other keys: after a deployment, say. */
  const withKeys = async (secret_key: string, signing_key = '', previous_keys: string[] = []) => {
    const auth = { signing_key, previous_keys }
    const world = await startWorld({ database: first.database, settings: { secret_key, auth } })
    later.push(world)

    return world
  }
  const me = (world: World, person: Person) => world.rest(person, 'GET', '/auth/me')
  const refresh = (world: World, { refresh_token }: Person) =>
    world.rest(anonymous, 'POST', '/auth/refresh', { body: { refresh_token } })
  const headerOf = (token: string) => jwt.decode(token, { complete: true })!.header

  it('are changed for others, and what they signed is good as long as they are named', async () => {
    const person = await first.login(owner)
    const [rotated, forgotten] = [await withKeys(SECRETS[1]!, '', [SECRETS[0]!]), await withKeys(SECRETS[1]!)]
    assert.equal((await me(rotated, person)).status, 200)
    assertRefused(await me(forgotten, person), { code: 'INVALID_TOKEN' })
    assertRefused(await refresh(forgotten, person), { code: 'INVALID_TOKEN' })
    const { body } = await refresh(rotated, person)
    assert.notEqual(headerOf(body.access_token).kid, headerOf(person.token!).kid)
    const moved = { name: 'owner', token: body.access_token, refresh_token: body.refresh_token }
    for (const world of [rotated, forgotten]) assert.equal((await me(world, moved)).status, 200)
    assertRefused(await me(first, moved), { code: 'INVALID_TOKEN' })
    const socket = await forgotten.socket()
    const call = ['create', 'authentication', { strategy: 'jwt', accessToken: person.token }] as const
    assertError(await socket.refusal(...call), { code: 'INVALID_TOKEN' })
  })

  const ASYMMETRIC = [
    ['RS256', RSA],
    ['ES256', P256],
    ['ES384', ec('secp384r1')],
    ['ES512', ec('secp521r1')]
  ] as const
  for (const [algorithm, { privateKey, publicKey }] of ASYMMETRIC) {
    it(`of ${algorithm} sign, and the public one verifies`, async () => {
      const world = await withKeys(SECRETS[0]!, privateKey.replaceAll('\n', '\\n'), [SECRETS[0]!])
      const person = await world.login(owner)
      assert.equal(headerOf(person.token!).alg, algorithm)
      jwt.verify(person.token!, publicKey, { algorithms: [algorithm] })
      for (const one of [person, owner]) assert.equal((await me(world, one)).status, 200)
      const verifier = new Tokens({ secret_key: SECRETS[1]!, signing_key: '', previous_keys: [publicKey] })
      assert.equal(verifier.verify(person.token, 'access').sub, String(owner.id))
      assert.equal((await refresh(world, person)).status, 200)
    })
  }

  it('that are public are no secrets: not for HMAC, nor under another key’s name', async () => {
    const world = await withKeys(SECRETS[0]!, RSA.privateKey, [SECRETS[1]!])
    const { token } = await world.login(owner)
    const claims = jwt.decode(token!)
    const { kid } = headerOf(token!)
    const secretKid = headerOf(new Tokens({ secret_key: SECRETS[1]!, signing_key: '', previous_keys: [] }).sign(claims as never)).kid // prettier-ignore
    const forged = [kid, secretKid, undefined].flatMap((name) =>
      ['HS256', 'HS512', 'RS256', 'none'].map((alg) => {
        const text = `${encode({ alg, typ: 'JWT', kid: name })}.${encode(claims)}`
        const hmac = createHmac(alg === 'HS512' ? 'sha512' : 'sha256', RSA.publicKey)
        return `${text}.${alg === 'none' ? '' : hmac.update(text).digest('base64url')}`
      })
    )
    const byRsa = jwt.sign(claims as object, RSA.privateKey, { algorithm: 'RS256', keyid: secretKid })
    const rs512 = jwt.sign(claims as object, RSA.privateKey, { algorithm: 'RS512', keyid: kid })
    for (const bad of [...forged, byRsa, rs512])
      assertRefused(await me(world, { name: 'thief', token: bad }), { code: 'INVALID_TOKEN' })
    assert.equal((await me(world, { name: 'owner', token })).status, 200)
  })

  it('that cannot sign stop the start', () => {
    const make = (signing_key: string) => () => new Tokens({ secret_key: SECRETS[0]!, signing_key, previous_keys: [] }) // prettier-ignore
    assert.throws(make(RSA.publicKey), /private key/)
    assert.throws(make(rsa(1024).privateKey), /2048/)
    assert.throws(make(pem(generateKeyPairSync('ed25519')).privateKey), /RSA from 2048 bits and EC/)
    assert.throws(make('-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----'))
    for (const text of ['y', '/etc/keys/jwt.pem', SECRETS[1]!])
      assert.throws(make(text), /no private key in PEM/)
  })

  it('are read with lines around them, and never as secrets', () => {
    const claims = { sub: '1', sid: randomUUID(), kind: 'access', iat: 1, exp: 4_000_000_000 } as const
    const signer = new Tokens({
      secret_key: SECRETS[0]!,
      signing_key: `\n  ${P256.privateKey}\n`,
      previous_keys: []
    })
    const verifier = new Tokens({
      secret_key: SECRETS[0]!,
      signing_key: '',
      previous_keys: [`\n${P256.publicKey}`]
    })
    assert.equal(verifier.verify(signer.sign(claims), 'access').sub, '1')
  })
})
