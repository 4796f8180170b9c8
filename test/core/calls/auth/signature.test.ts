import { expect } from 'chai'
import fc from 'fast-check'

import {
  acceptedSkewMs,
  CallKeys,
  readCallMetadata,
  signCall,
  signedHeaders,
  verifyCall,
  type SignedParts,
} from '../client/internals.js'

const secret = 'a secret of thirty-two bytes, or more'
const other = 'another secret of thirty-two bytes...'
const keys = new CallKeys([secret])
const names = signedHeaders(['X-Shop', 'cookie'])
const now = 1_760_000_000_000

interface Parts {
  metadata: string
  verb: string
  target: string
  headers: Record<string, string>
  body: string | undefined
}

const call: Parts = {
  metadata: 'shop.orders;timeout=900',
  verb: 'POST',
  target: '/.lokstra/calls/UserService/users?notify=yes',
  headers: {
    'lokstra-context': 'eyJ0ZW5hbnQiOiJhIn0',
    'content-type': 'application/json',
    'x-shop': 'a',
    cookie: 'theme=dark',
  },
  body: '{"name":"Ada"}',
}

const signed = (parts: Parts, using = keys, at = now): Parts => ({
  ...parts,
  metadata: signCall(parts.metadata, parts, names, using, at),
})
/** Of who has the metadata as a header. */
const complaint = ({ metadata, ...parts }: SignedParts & { metadata: string }, using = keys, at = now) => {
  const read = readCallMetadata(metadata)
  return read ? verifyCall(read, parts, names, using, at) : 'no metadata'
}

describe('the signature of a call', () => {
  it('is accepted by who knows the secret, also for the bytes of its body', () => {
    expect(complaint(signed(call))).to.equal(undefined)
    const { body, ...rest } = signed(call)
    expect(complaint({ ...rest, body: Buffer.from(body!) })).to.equal(undefined)
  })

  it('has the time, the key and a MAC, and nothing of the secret', () => {
    expect(signed(call).metadata).to.match(/^shop\.orders;timeout=900;at=1760000000000;key=[\da-f]{8};mac=[\w-]{43}$/)
  })

  for (const [what, change] of [
    ['another verb', (parts) => ({ ...parts, verb: 'DELETE' })],
    ['another path', (parts) => ({ ...parts, target: parts.target.replace('users?', 'users/1?') })],
    ['another query', (parts) => ({ ...parts, target: parts.target.replace('yes', 'no') })],
    ['another body', (parts) => ({ ...parts, body: '{"name":"Eve"}' })],
    ['no body', (parts) => ({ ...parts, body: undefined })],
    ['another time left', (parts) => withNote(parts, '=900', '=999999')],
    ['another caller', (parts) => withNote(parts, 'shop.orders', 'shop.admin')],
    ['another attempt', (parts) => withNote(parts, '=900', '=900;attempt=2')],
    ['another context', (parts) => withHeader(parts, 'lokstra-context', 'eyJ0ZW5hbnQiOiJiIn0')],
    ['a context that was not there', (parts) => withHeader(parts, 'baggage', 'session=b')],
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
    expect(complaint({ ...call, metadata: '' })).to.equal('no signature')
    const { metadata } = signed(call)
    for (const malformed of [
      metadata.slice(0, -1),
      `${metadata}x`,
      `${metadata}, ${metadata}`,
      `${metadata};mac=x`,
      ';at=1',
      metadata.slice(11),
    ]) {
      expect(complaint({ ...call, metadata: malformed }), malformed).to.be.oneOf(['no metadata', 'a wrong signature'])
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
    expect(complaint(withNote(parts, `at=${now}`, `at=${now + 1}`))).to.equal('a wrong signature')
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
      metadata: fc.constantFrom('a', 'b', 'a;timeout=1', 'a;timeout=1;attempt=2'),
      verb: fc.constantFrom('GET', 'POST', 'PUT'),
      target: fc.webPath().map((path) => `/${path}`),
      headers: fc.dictionary(header, value).map((headers) => ({ ...headers })),
      body: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
    })
    fc.assert(
      fc.property(parts, parts, (one, two) => {
        const { metadata } = signed(one)
        const isSame =
          one.verb === two.verb &&
          one.target === two.target &&
          one.body === two.body &&
          names.every((name) => one.headers[name] === two.headers[name])
        expect(complaint({ ...two, metadata }) !== undefined).to.equal(!isSame)
        expect(complaint({ ...one, metadata })).to.equal(undefined)
        const exchanged = metadata.replace(one.metadata, two.metadata)
        expect(complaint({ ...one, metadata: exchanged }) !== undefined).to.equal(one.metadata !== two.metadata)
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

function withNote(parts: Parts, what: string, by: string): Parts {
  return { ...parts, metadata: parts.metadata.replace(what, by) }
}
