import { expect } from 'chai'
import fc from 'fast-check'

import { acceptedSkewMs, CallKeys, signCall, signedHeaders, verifyCall } from '../client/internals.js'

const secret = 'a secret of thirty-two bytes, or more'
const other = 'another secret of thirty-two bytes...'
const keys = new CallKeys([secret])
const names = signedHeaders(['X-Shop', 'cookie'])
const now = 1_760_000_000_000

interface Parts {
  verb: string
  target: string
  headers: Record<string, string>
  body: string | undefined
}

const call: Parts = {
  verb: 'POST',
  target: '/.lokstra/calls/UserService/users?notify=yes',
  headers: {
    'lokstra-timeout': '900',
    'lokstra-context': 'eyJ0ZW5hbnQiOiJhIn0',
    'content-type': 'application/json',
    'x-shop': 'a',
    cookie: 'theme=dark',
  },
  body: '{"name":"Ada"}',
}

const signed = (parts: Parts, using = keys, at = now): Parts => ({
  ...parts,
  headers: { ...parts.headers, 'lokstra-signature': signCall(parts, names, using, at) },
})
const complaint = (parts: Parts, using = keys, at = now) => verifyCall(parts, names, using, at)

describe('the signature of a call', () => {
  it('is accepted by who knows the secret, also for the bytes of its body', () => {
    expect(complaint(signed(call))).to.equal(undefined)
    const { body, ...rest } = signed(call)
    expect(verifyCall({ ...rest, body: Buffer.from(body!) }, names, keys, now)).to.equal(undefined)
  })

  it('has the time, the key and a MAC, and nothing of the secret', () => {
    expect(signed(call).headers['lokstra-signature']).to.match(/^t=1760000000000,k=[\da-f]{8},s=[\w-]{43}$/)
  })

  for (const [what, change] of [
    ['another verb', (parts) => ({ ...parts, verb: 'DELETE' })],
    ['another path', (parts) => ({ ...parts, target: parts.target.replace('users?', 'users/1?') })],
    ['another query', (parts) => ({ ...parts, target: parts.target.replace('yes', 'no') })],
    ['another body', (parts) => ({ ...parts, body: '{"name":"Eve"}' })],
    ['no body', (parts) => ({ ...parts, body: undefined })],
    ['another time left', (parts) => withHeader(parts, 'lokstra-timeout', '999999')],
    ['another context', (parts) => withHeader(parts, 'lokstra-context', 'eyJ0ZW5hbnQiOiJiIn0')],
    ['a context that was not there', (parts) => withHeader(parts, 'lokstra-caller', 'shop.admin')],
    ['a header of the input changed', (parts) => withHeader(parts, 'x-shop', 'b')],
    ['a header of the input emptied', (parts) => withHeader(parts, 'x-shop', '')],
    ['a header of the input taken away', (parts) => withHeader(parts, 'x-shop', undefined)],
    [
      'a header of the input moved into the body',
      (parts) => ({ ...withHeader(parts, 'x-shop', undefined), body: `x-shop:a\n\n${parts.body}` }),
    ],
    ['another cookie', (parts) => withHeader(parts, 'cookie', 'theme=light')],
    ['another encoding of the body', (parts) => withHeader(parts, 'content-encoding', 'gzip')],
  ] satisfies [string, (parts: Parts) => Parts][]) {
    it(`is refused with ${what}`, () => {
      expect(complaint(change(signed(call)))).to.equal('a wrong signature')
    })
  }

  it('does not depend on what proxies on the way add or rewrite', () => {
    const parts = signed({ ...call, headers: { ...call.headers, traceparent: '00-1-1-01' } })
    const rewritten = { ...parts.headers, traceparent: '00-1-2-01', via: '1.1 proxy', 'x-forwarded-for': '10.0.0.1' }
    expect(complaint({ ...parts, headers: rewritten })).to.equal(undefined)
  })

  it('is refused where it is missing, malformed, twice there or made with another key', () => {
    expect(complaint(call)).to.equal('no signature')
    const { 'lokstra-signature': signature } = signed(call).headers
    for (const malformed of ['', 'x', signature!.slice(0, -1), `${signature}x`, `${signature}, ${signature}`]) {
      expect(complaint(withHeader(call, 'lokstra-signature', malformed))).to.equal('a malformed signature')
    }
    expect(complaint(signed(call, new CallKeys([other])))).to.equal('another secret')
  })

  it('is accepted for a minute either way, and not with another time', () => {
    for (const skew of [-acceptedSkewMs, acceptedSkewMs]) {
      expect(complaint(signed(call, keys, now + skew))).to.equal(undefined)
    }
    for (const skew of [-acceptedSkewMs - 1, acceptedSkewMs + 1]) {
      expect(complaint(signed(call, keys, now + skew))).to.equal('a clock that differs')
    }
    const parts = signed(call)
    const later = parts.headers['lokstra-signature']!.replace(`t=${now}`, `t=${now + 1}`)
    expect(complaint(withHeader(parts, 'lokstra-signature', later))).to.equal('a wrong signature')
  })

  it('is made with the first secret and accepted with each, so that secrets can be rotated', () => {
    const [old, both, swapped, next] = [[other], [other, secret], [secret, other], [secret]].map(
      (secrets) => new CallKeys(secrets),
    ) as [typeof keys, typeof keys, typeof keys, typeof keys]
    for (const [caller, callee] of [
      [old, both],
      [both, old],
      [both, swapped],
      [swapped, both],
      [swapped, next],
      [next, swapped],
    ] as const) {
      expect(complaint(signed(call, caller), callee)).to.equal(undefined)
    }
    expect(complaint(signed(call, old), next)).to.equal('another secret')
  })

  it('is refused for every other call, whatever the parts are', () => {
    const header = fc.constantFrom(...names)
    // What Node lets through as the value of a header.
    const value = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) })
    const parts: fc.Arbitrary<Parts> = fc.record({
      verb: fc.constantFrom('GET', 'POST', 'PUT'),
      target: fc.webPath().map((path) => `/${path}`),
      headers: fc.dictionary(header, value).map((headers) => ({ ...headers })),
      body: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
    })
    fc.assert(
      fc.property(parts, parts, (one, two) => {
        const { 'lokstra-signature': signature } = signed(one).headers
        const isSame =
          one.verb === two.verb &&
          one.target === two.target &&
          one.body === two.body &&
          names.every((name) => one.headers[name] === two.headers[name])
        const refused = complaint(withHeader(two, 'lokstra-signature', signature)) !== undefined
        expect(refused).to.equal(!isSame)
        expect(complaint(withHeader(one, 'lokstra-signature', signature))).to.equal(undefined)
      }),
    )
  })

  it('needs a secret', () => {
    expect(() => new CallKeys([])).to.throw(TypeError)
  })
})

function withHeader(parts: Parts, name: string, value: string | undefined): Parts {
  const { [name]: _, ...headers } = parts.headers
  return { ...parts, headers: value === undefined ? headers : { ...headers, [name]: value } }
}
