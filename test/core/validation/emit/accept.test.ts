import * as cv from 'class-validator'
import { expect } from 'chai'
import fc from 'fast-check'

import { findPreTest, askOriginal, ruleOf, seedOf, type Rule } from './internals.js'

interface Case {
  readonly rule: Rule
  /** Accepted by the rule; the texts that are tried grow out of these. */
  readonly seeds: readonly string[]
}

function of(decorator: PropertyDecorator, ...seeds: string[]): Case {
  return { rule: ruleOf(decorator), seeds }
}

const emails = [
  'ann@example.com',
  'a.b+c@x-y.co',
  `${'a'.repeat(64)}@x.org`,
  `a@${'b'.repeat(59)}.org`,
  "o'neil!#$%&*@a.b.cd",
]
const urls = [
  'https://example.com/a?b=c#d',
  'http://a.b-c.de:8080',
  'ftp://x.org?y',
  'http://a.de/@b:c',
  `http://${'a'.repeat(60)}.de`,
]
const domains = ['example.com', 'a-b.c--d.org', `${'a'.repeat(60)}.de`, 'xn--bcher-kva.example']
const days = [
  '2024-02-28',
  '2023-12-31T23:59:59.123Z',
  '2024-04-30T10:00+01:30',
  '0099-01-01',
  '2024-02-29',
  '2023-02-29T24:00',
]
const uuids = [1, 4, 7].map((version) => `7f2c6a52-9f0a-${version}b3e-8d6a-1f2e3d4c5b6A`)
const addresses = ['127.0.0.1', '255.249.99.0', '1:2:3:4:5:6:7:abCD', '::1', 'fe80::1%eth0']

/** Every rule that has a pre-test, with every kind of option that leaves it switched on. */
const cases: readonly Case[] = [
  of(cv.IsEmail(), ...emails),
  of(cv.IsEmail({ allow_utf8_local_part: false, require_tld: false, allow_ip_domain: true }), ...emails),
  of(cv.IsEmail({ allow_display_name: true, ignore_max_length: true, allow_underscores: true }), ...emails),
  of(cv.IsUrl(), ...urls),
  of(cv.IsUrl({ require_tld: false, require_protocol: true, allow_underscores: true, disallow_auth: true }), ...urls),
  of(cv.IsUrl({ protocols: ['http', 'https', 'ftp', 'ws'], require_host: false, allow_trailing_dot: true }), ...urls),
  of(cv.IsUrl({ require_valid_protocol: false, allow_protocol_relative_urls: true, validate_length: false }), ...urls),
  of(cv.IsFQDN(), ...domains),
  of(cv.IsFQDN({ require_tld: false, allow_trailing_dot: true, allow_wildcard: true }), ...domains),
  of(cv.IsFQDN({ allow_numeric_tld: true, allow_underscores: true, ignore_max_length: true }), ...domains),
  of(cv.IsIP(), ...addresses),
  of(cv.IsIP(4), ...addresses),
  of(cv.IsIP('6'), ...addresses),
  of(cv.IsUUID(), ...uuids),
  of(cv.IsUUID(4), ...uuids),
  of(cv.IsUUID('7'), ...uuids),
  of(cv.IsUUID(['1', '4'] as never), ...uuids),
  of(cv.IsJWT(), 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', 'a.b.c_-'),
  of(cv.IsISO8601(), ...days),
  of(cv.IsISO8601({ strict: true }), ...days),
  of(cv.IsISO8601({ strict: true, strictSeparator: true }), ...days),
  of(cv.IsDateString(), ...days),
  of(cv.IsDateString({ strictSeparator: true }), ...days),
  of(cv.IsMilitaryTime(), '23:59', '0000'),
  of(cv.IsTimeZone(), 'Europe/Berlin', 'UTC', 'America/New_York'),
  of(cv.IsNumberString(), '12', '-1.5', '+.5'),
  of(cv.IsNumberString({ no_symbols: true }), '12', '007'),
  of(cv.IsDecimal(), '1.50', '-1', '+0.1'),
  of(cv.IsDecimal({ decimal_digits: '1,', force_decimal: false }), '1.50', '-1'),
  of(cv.IsCurrency(), '$1.50', '-$1,234.56', '0', '12345.00'),
  of(cv.IsCreditCard(), '4111111111111111', '5555555555554444', '378282246310005', '6011111111111117'),
  of(cv.IsAlpha(), 'abc', 'XYZ'),
  of(cv.IsAlpha('en-US'), 'abc'),
  of(cv.IsAlphanumeric(), 'ab1'),
  of(cv.IsAscii(), 'abc \n\u0000'),
  of(cv.IsHexadecimal(), 'deadBEEF', '0xff', '0H1'),
  of(cv.IsHexColor(), '#fff', '00ff00', '#12345678', 'abcd'),
  of(cv.IsMongoId(), '507f1f77bcf86cd799439011'),
  of(cv.IsBooleanString(), 'true', 'false', '1', '0'),
  of(cv.IsLowercase(), 'abc', 'ß', 'ﬁ'),
  of(cv.IsUppercase(), 'ABC', 'İ'),
  of(cv.IsByteLength(2, 8), 'ab', 'abcdefgh'),
  of(cv.IsByteLength(0), 'abc%41\n', ''),
  of(cv.IsHash('md5'), 'd41d8cd98f00b204e9800998ecf8427e'),
  of(cv.IsHash('sha256'), 'ab'.repeat(32)),
  of(cv.IsStrongPassword(), 'aB3$efgh', ' A1a\\]"x'),
  of(cv.IsStrongPassword({ minLength: 4, minSymbols: 0, minNumbers: 0 }), 'aB3$', '😀aB3$'),
]

/** Edits texts at random, several thousand a millisecond: most stay near what is accepted. */
class Mutator {
  #state: number
  readonly #alphabet = [
    ...Array.from(`aZz09fFgG.@-_:/?#&%+*,;=!$'"()[]<>{}\\|^~\` \t\nTZW$`),
    'ä',
    'ß',
    'İ',
    'ſ',
    'K',
    '😀',
    '\ud800',
    '\u2028',
    '１',
  ]

  constructor(seed: number) {
    this.#state = seed | 1
  }

  next(count: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) | 0
    return (this.#state >>> 8) % count
  }

  edit(text: string, others: readonly string[]): string {
    const at = this.next(text.length + 1)
    switch (this.next(6)) {
      case 0:
        return text.slice(0, at) + text.slice(at + 1)
      case 1:
        return text.slice(0, at) + this.#character() + text.slice(at)
      case 2:
        return text.slice(0, at) + this.#character() + text.slice(at + 1)
      case 3: {
        const other = others[this.next(others.length)]!
        return text.slice(0, at) + other.slice(this.next(other.length + 1))
      }
      case 4:
        return text.slice(0, at) + text.slice(at, at + this.next(4)) + text.slice(at)
      default:
        return text.slice(0, at) + String(this.next(100)) + text.slice(at + this.next(3))
    }
  }

  #character(): string {
    return this.#alphabet[this.next(this.#alphabet.length)]!
  }
}

const perRule = 100_000

describe('pre-tests', () => {
  const seed = seedOf()

  for (const { rule, seeds } of cases) {
    it(`accept nothing that ${rule.name} refuses: ${fc.stringify(rule.constraints)}`, () => {
      const { test, of: type } = findPreTest(rule.name, rule.constraints)!
      expect(type).to.equal('string')
      const accepts = (test instanceof RegExp ? (value: string) => test.test(value) : test) as (
        value: string,
      ) => boolean
      const generated = test instanceof RegExp ? fc.sample(fc.stringMatching(test), { numRuns: 200, seed }) : []
      const texts = [...seeds, ...generated]
      const mutator = new Mutator(seed)
      let text = seeds[0]!
      let accepted = 0
      const wrong: string[] = []
      for (let count = 0; count < perRule; count++) {
        // A few edits in a row, then from an accepted text again.
        text = count % 4 === 0 ? texts[mutator.next(texts.length)]! : mutator.edit(text, texts)
        if (!accepts(text)) continue
        accepted++
        if (!askOriginal(rule, text)) wrong.push(text)
      }
      expect(wrong).to.deep.equal([])
      expect(accepted).to.be.above(perRule / 50)
    }).timeout(60_000)
  }

  it('accept all that a rule accepts where they say so', () => {
    for (const { rule, seeds } of cases) {
      const { test, isExact } = findPreTest(rule.name, rule.constraints)!
      if (!isExact) continue
      const accepts = (test instanceof RegExp ? (value: string) => test.test(value) : test) as (
        value: string,
      ) => boolean
      const mutator = new Mutator(seed)
      let text = ''
      for (let count = 0; count < 20_000; count++) {
        text = count % 4 === 0 ? seeds[mutator.next(seeds.length)]! : mutator.edit(text, seeds)
        if (accepts(text) !== askOriginal(rule, text)) expect.fail(`${rule.name} ${JSON.stringify(text)}`)
      }
    }
  })

  it('refuse nothing that a rule accepts', () => {
    let refused = 0
    for (const { rule, seeds } of cases) {
      const { refuses } = findPreTest(rule.name, rule.constraints)!
      if (!refuses) continue
      const mutator = new Mutator(seed)
      let text = seeds[0]!
      for (let count = 0; count < 50_000; count++) {
        text = count % 4 === 0 ? seeds[mutator.next(seeds.length)]! : mutator.edit(text, seeds)
        // Mutation seldom removes the one character that counts.
        if (count % 2 === 0) text = text.replaceAll('@', '')
        if (!refuses(text)) continue
        refused++
        if (askOriginal(rule, text)) expect.fail(`${rule.name} ${JSON.stringify(text)}`)
      }
    }
    expect(refused).to.be.above(10_000)
  }).timeout(60_000)

  for (const decorator of [cv.IsLatitude(), cv.IsLongitude()]) {
    const rule = ruleOf(decorator)
    it(`accept no number that ${rule.name} refuses`, () => {
      const test = findPreTest(rule.name, rule.constraints)!.test as (value: number) => boolean
      const number = fc.oneof(fc.double({ min: -200, max: 200 }), fc.double(), fc.integer({ min: -185, max: 185 }))
      const near = fc.tuple(fc.constantFrom(90, 180, 1e-6, -1e-6, 0), fc.integer({ min: -3, max: 3 }))
      const edge = near.map(([at, step]) => at + step * 1e-7)
      const property = fc.property(fc.oneof(number, edge), (value) => !test(value) || askOriginal(rule, value))
      fc.assert(property, { seed, numRuns: 100_000 })
    }).timeout(60_000)
  }

  it('are off with options that narrow what the rule accepts, and with arguments of another kind', () => {
    const off: readonly [string, ...unknown[]][] = [
      ...[{ require_display_name: true }, { host_blacklist: ['x.org'] }, { host_whitelist: ['x.org'] }].map(
        (options): [string, unknown] => ['isEmail', options],
      ),
      ...[{ blacklisted_chars: 'a' }, { domain_specific_validation: true }, { unheard_of: 1 }, null, 'text'].map(
        (options): [string, unknown] => ['isEmail', options],
      ),
      ...[{ protocols: ['https'] }, { require_port: true }, { host_blacklist: [] }, { max_allowed_length: 10 }].map(
        (options): [string, unknown] => ['isUrl', options],
      ),
      ...[{ allow_fragments: false }, { allow_query_components: false }].map((options): [string, unknown] => [
        'isUrl',
        options,
      ]),
      ...[
        ['isIp', 5],
        ['isUuid', []],
        ['isUuid', '9'],
        ['isUuid', 'loose'],
        ['isHash', 'x'],
        ['isHash', 'constructor'],
      ].map((one) => one as [string, unknown]),
      ...[
        ['isAlpha', 'de-DE'],
        ['isAlphanumeric', null],
        ['isIso8601', null],
        ['isDecimal', { locale: 'de-DE' }],
      ].map((one) => one as [string, unknown]),
      ...[
        ['isCurrency', { symbol: '€' }],
        ['isNumberString', { locale: 'de-DE' }],
        ['isByteLength', 'a'],
        ['isByteLength', 1, null],
      ].map((one) => one as [string, unknown]),
      ...[
        ['isStrongPassword', { minNumbers: 2 }],
        ['isStrongPassword', { returnScore: true }],
      ].map((one) => one as [string, unknown]),
      ['isPhoneNumber', 'DE'],
    ]
    expect(off.filter(([name, ...constraints]) => findPreTest(name, constraints) !== undefined)).to.deep.equal([])
    const inherited = Object.create({ host_blacklist: ['x.org'] }) as object
    expect(findPreTest('isEmail', [inherited])).to.equal(undefined)
  })

  it('stay on after validator.js has written its defaults into the options', () => {
    for (const [name, decorator, value] of [
      ['isEmail', cv.IsEmail, 'ann@example.com'],
      ['isUrl', cv.IsUrl, 'https://example.com'],
      ['isFqdn', cv.IsFQDN, 'example.com'],
      ['isStrongPassword', cv.IsStrongPassword, 'aB3$efgh'],
      ['isDecimal', cv.IsDecimal, '1.5'],
    ] as const) {
      const options = {}
      expect(askOriginal(ruleOf(decorator(options)), value)).to.equal(true)
      expect(Object.keys(options), name).to.not.be.empty
      expect(findPreTest(name, [options]), name).to.not.equal(undefined)
    }
  })

  it('take linear time for texts that are made to be slow', () => {
    const length = 50_000
    const hostile = [
      'a',
      'a-',
      'a.',
      '-',
      '.',
      '@',
      'a@a.',
      '0',
      '1,',
      '1.',
      'A1a$',
      ':',
      'a:',
      '\u2028',
      'http://a.',
      'http://a.a/',
    ]
    for (const { rule, seeds } of cases) {
      const { test } = findPreTest(rule.name, rule.constraints)!
      for (const piece of [...hostile, seeds[0]!]) {
        const text = seeds[0]!.slice(0, 4) + piece.repeat(Math.ceil(length / piece.length))
        const times = [1, 2, 3].map(() => {
          const startedAt = performance.now()
          if (test instanceof RegExp) test.test(text)
          else (test as (value: string) => boolean)(text)
          return performance.now() - startedAt
        })
        // The shortest: on a busy machine any one may be interrupted.
        expect(Math.min(...times), `${rule.name} ${piece}`).to.be.below(50)
      }
    }
  }).timeout(60_000)

  it('answer before the rule itself when the interpreter asks', () => {
    const rule = ruleOf(cv.IsTimeZone())
    const original = Intl.DateTimeFormat
    let formatters = 0
    Intl.DateTimeFormat = function (...args: []) {
      formatters++
      return original(...args)
    } as never
    try {
      expect(rule.validate('Europe/Berlin', {} as never)).to.equal(true)
      expect([formatters, rule.validate('europe/berlin', {} as never), formatters]).to.deep.equal([0, true, 1])
    } finally {
      Intl.DateTimeFormat = original
    }
  })
})
