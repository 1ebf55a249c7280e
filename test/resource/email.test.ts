import assert from 'node:assert/strict'
import { emailOf } from '../../packages/rachis/src/declare'
import { assertStandstill } from '../helpers/standstill'

describe('the one spelling of an email', () => {
  const rows: [what: string, text: string, email: string | undefined][] = [
    ['lower case', 'Ada.Lovelace+x@Example.COM', 'ada.lovelace+x@example.com'],
    ['no spaces around', ' \t\u00a0ada@example.com\u3000\r\n', 'ada@example.com'],
    ['full-width forms', 'ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'ada@example.com'],
    ['the Kelvin sign', 'Kelvin@example.com', 'kelvin@example.com'],
    ['a ligature', 'o\ufb03ce@example.com', 'office@example.com'],
    ['the name that DNS knows', 'ada@Bücher.example', 'ada@xn--bcher-kva.example'],
    ['decomposed letters', 'ada@Bu\u0308cher.example', 'ada@xn--bcher-kva.example'],
    ['an ideographic full stop', 'ada@example。com', 'ada@example.com'],
    ['a look-alike domain is another', 'ada@ехаmple.com', 'ada@xn--mple-43d3a6i.com'],
    ['no look-alike before the @', 'аda@example.com', undefined],
    ['no dotless i', 'adı@example.com', undefined],
    ['no dotted I', 'İda@example.com', undefined],
    ['no accents before the @', 'adá@example.com', undefined],
    ['no two @', 'ada@evil.example@example.com', undefined],
    ['no quotes', '"ada b"@example.com', undefined],
    ['no comment', 'ada(x)@example.com', undefined],
    ['no line break', 'ada@example.com\r\nBcc: all@example.com', undefined],
    ['no line break before', 'x\r\nBcc:y@example.com', undefined],
    ['no list', 'ada@example.com,bob@example.com', undefined],
    ['no name', 'Ada <ada@example.com>', undefined],
    ['no address', 'ada@127.0.0.1', undefined],
    ['no address in brackets', 'ada@[127.0.0.1]', undefined],
    ['no number for a domain', 'ada@1.2.3.4', undefined],
    ['no encoded domain', 'ada@ex%61mple.com', undefined],
    ['no host without a dot', 'ada@localhost', undefined],
    ['no dot at the end', 'ada@example.com.', undefined],
    ['no two dots', 'a..b@example.com', undefined],
    ['no invisible letters', 'a\u200bda@example.com', undefined],
    ['no reversed letters', 'a\u202eda@example.com', undefined],
    ['no U+0000', 'a\0da@example.com', undefined],
    ['no half of a pair', 'a\ud800da@example.com', undefined],
    ['nothing', '', undefined],
    ['nothing before the @', '@example.com', undefined],
    ['64 characters before the @', `${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
    ['and not 65', `${'a'.repeat(65)}@example.com`, undefined],
    ['nothing long', `ada@${'a.'.repeat(200)}com`, undefined]
  ]
  for (const [what, text, email] of rows) it(what, () => assert.equal(emailOf(text), email))

  it('is its own', () => {
    for (const [, , email] of rows) if (email) assert.equal(emailOf(email), email)
  })

  it('is found in no time, whatever is asked', () =>
    assertStandstill(50, async () => {
      for (const text of [
        `${'a.'.repeat(250)}!`,
        `${'a'.repeat(500)}@`,
        '\ufdfa'.repeat(500),
        'x'.repeat(1e7)
      ])
        emailOf(text)
    }))
})
