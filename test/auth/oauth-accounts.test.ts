import assert from 'node:assert/strict'
import { onStage } from '../helpers/identity-provider'

describe('the account behind a provider', () => {
  const stage = onStage()
  const { somebody, me, identities, people, signIn, lastRefusal } = stage

  describe('the account that belongs', () => {
    it('is the one with the same address, where both sides have verified it', async () => {
      const owner = await stage.world.register('belongs')
      await stage.world.sql('update users set is_verified = true where id = $1', [owner.id])
      const { sub } = somebody({ email: 'BELONGS@example.com' })
      assert.equal((await me((await signIn(sub)).access_token!)).body.id, owner.id)
    })

    it('is not one that has not verified it: whoever made it may not be the owner of the address', async () => {
      const squatter = await stage.world.register('squatter')
      const { sub } = somebody({ email: squatter.email })
      const { error, error_code, access_token } = await signIn(sub)
      assert.deepEqual([error_code, access_token], ['OAUTH_REFUSED', undefined])
      assert.match(error!, /sign in to it/)
      assert.equal((await identities(`subject = '${sub}'`)).length, 0)
      assert.equal((await lastRefusal()).details.reason, 'account_unverified')
    })

    it('is none where the provider has not verified the address', async () => {
      const victim = await stage.world.register('victim')
      await stage.world.sql('update users set is_verified = true where id = $1', [victim.id])
      const before = await people()
      for (const email_verified of [false, undefined, 'false', 1])
        for (const email of [victim.email!, 'fresh@example.com']) {
          const { error_code } = await signIn(somebody({ email, email_verified }).sub)
          assert.equal(error_code, 'OAUTH_REFUSED')
        }
      assert.equal(await people(), before)
      assert.equal((await lastRefusal()).details.reason, 'email_unverified')
    })

    it('is none by an address that only looks or lowers alike', async () => {
      const victim = await stage.world.register('kelvin')
      await stage.world.sql('update users set is_verified = true where id = $1', [victim.id])
      for (const email of [
        '\u212Aelvin@example.com',
        'kelv\u0131n@example.com',
        'kelvin@example.com\0',
        ' kelvin@example.com',
        'kelvin@examp\u217Ce.com'
      ])
        assert.equal((await signIn(somebody({ email }).sub)).error_code, 'OAUTH_REFUSED', email)
      assert.equal((await identities(`user_id = ${victim.id}`)).length, 0)
    })

    it('stays out where it is switched off', async () => {
      const { sub, email } = somebody()
      await signIn(sub)
      await stage.world.sql('update users set is_active = false where email = $1', [email])
      assert.equal((await signIn(sub)).error_code, 'OAUTH_REFUSED')
      assert.equal((await lastRefusal()).details.reason, 'inactive')
    })
  })
})
