import { spawnSync } from 'node:child_process'

import { Body, Post, Route, type Class } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'
import { Matches, MaxLength, ValidateNested } from 'class-validator'

import { checkPatterns } from './internals.js'

const harmful = [
  ...[
    '^(a+)+$',
    '^(a|a)*$',
    '^(a|aa)+$',
    '(x+x+)+y',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '(.*)*$x',
    '^(\\d+)*$',
    '^(\\w+\\s?)*$',
  ],
  ...[
    '^([a-z0-9]+(-[a-z0-9]*)*)*$',
    '^(?:(?:[a-z]+)+\\.)+com$',
    '^\\s*(\\w+\\s*,?\\s*)+$',
    '(?=(a+)+b)',
    '^(.*,){11}P$',
    '\\s+$',
  ],
  ...[
    '^.*.*.*=.*$',
    '^a*a*a*a*a*$',
    '^(a?){30}a{30}$',
    '^(([^@]+)|("[^"]+"))*@x$',
    '^(0|[0-9]+)+\\.$',
    '^[\\w.]+(\\w+)*@',
  ],
]

const harmless = [
  ...[
    '^[a-z]+$',
    '^\\d{3}-\\d{4}$',
    '^[A-Z]{2}\\d{2}[A-Z0-9]{11,30}$',
    '^#?([0-9a-f]{3}|[0-9a-f]{6})$',
    '^[a-z0-9]+(?:-[a-z0-9]+)*$',
  ],
  ...[
    '^\\+?[1-9]\\d{1,14}$',
    '^(?=.*[a-z])(?=.*[A-Z])(?=.*\\d).{8,64}$',
    '^(?:[01]\\d|2[0-3]):[0-5]\\d$',
    '^[\\w.+-]+@[\\w-]+\\.[\\w.-]+$',
  ],
  ...[
    '^[A-Za-z0-9+/]*={0,2}$',
    '^(\\d{1,3}\\.){3}\\d{1,3}$',
    'abc',
    '^[^<>]*$',
    '^v?\\d+\\.\\d+\\.\\d+(?:-[\\w.]+)?$',
    '^ORD-\\d+$',
  ],
  ...[
    '^(AT|BE|DE)\\d{8,12}$',
    '^[A-Z]{3}$',
    '^\\s*\\S+\\s*$',
    '^\\d+(\\.\\d+)?$',
    '^[\\]\\\\*+]+$',
    '^\\*+$',
    '^(?<year>\\d{4})-(?<month>\\d{2})$',
  ],
]

function check(pattern: RegExp) {
  return checkPatterns([{ field: 'Order.code', site: 'order.ts:3', pattern }])
}

describe('patterns of @Matches', () => {
  for (const source of harmful) {
    it(`${source} is suspicious`, async () => {
      const { suspicious } = await check(new RegExp(source))
      expect(suspicious).to.have.length(1)
      expect(suspicious[0]!.ambiguous).to.not.be.empty
    })
  }

  for (const source of harmless) {
    it(`${source} is not`, async () => {
      expect(await check(new RegExp(source))).to.deep.equal({ suspicious: [], unchecked: 0 })
    })
  }

  it('are looked at with their flags, and with the names of their groups taken away', async () => {
    for (const pattern of [/^(\s+)+$/m, /^(?<digits>\d+)+$/, /^(?:k|K)+$/iu, /^(?<word>\p{L}+\s?)+$/iu]) {
      expect((await check(pattern)).suspicious, String(pattern)).to.have.length(1)
    }
    expect((await check(/^(a\(?<x>b)+$/)).suspicious).to.deep.equal([])
  })

  it('of a syntax that cannot be judged count as unchecked, not as harmless', async () => {
    for (const pattern of [new RegExp('^[[a-z]--[aeiou]]+$', 'v'), /^(?<a>x)\k<a>+$/]) {
      expect(await check(pattern), String(pattern)).to.deep.equal({ suspicious: [], unchecked: 1 })
    }
  })

  it('are judged once, and there is a limit to the time', async () => {
    const patterns = Array.from({ length: 600 }, (_, count) => {
      return { field: `Order.code${count}`, site: undefined, pattern: new RegExp(`^(\\w+\\s?|x{${count}})*$`) }
    })
    const first = await checkPatterns(patterns)
    expect(first.unchecked).to.be.above(0)
    expect(first.suspicious).to.not.be.empty
    const known = await checkPatterns(first.suspicious)
    expect([known.suspicious.length, known.unchecked]).to.deep.equal([first.suspicious.length, 0])
  })

  it('do not load the library when their form shows that they are harmless', () => {
    const file = new URL('../../../../../packages/core/dist/validation/check-patterns.js', import.meta.url).href
    const script = `
      import { createRequire } from 'node:module'
      const { checkPatterns } = await import(${JSON.stringify(file)})
      const isLoaded = async (...patterns) => {
        await checkPatterns(patterns.map((pattern) => ({ field: 'a', site: undefined, pattern })))
        return Object.keys(createRequire(import.meta.url).cache).some((name) => name.includes('redos-detector'))
      }
      console.log(await isLoaded(/^[a-z]+$/, /^\\d{4}-\\d{2}$/), await isLoaded(/^(a+)+$/))`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      cwd: import.meta.dirname,
    })
    expect(stdout.trim()).to.equal('false true')
  })
})

class Tag {
  @Matches('^(x+x+)+y$', 'i') name!: string
}

class Article {
  @Body() @MaxLength(50) @Matches(/^(a+)+$/) title!: string
  @Body() @Matches(/^[a-z-]+$/) slug!: string
  @Body() @ValidateNested() tag!: Tag
}

@Route('/articles')
class Articles {
  @Post()
  create(article: Article) {
    return article
  }
}

async function warnings(...controllers: Class[]): Promise<unknown[]> {
  const { logs } = await createTestServer({ controllers })
  return logs.filter(({ level }) => level === 'warn').map(({ message, fields }) => [message, fields])
}

describe('the boot log', () => {
  it('warns of patterns that a request may keep busy, with their code, place, attack and remedy', async () => {
    const code = 'W_PATTERN_BACKTRACKING'
    const fix =
      'Let no text match in two ways: no repetition inside a repetition whose parts nothing divides, none beside another of the same characters. /^(\\w+\\s?)*$/ becomes /^\\w+(\\s\\w+)*$/. A bound such as {1,40} does not help.'
    const found = (await warnings(Articles)) as [string, { at: string }][]
    expect(found.map(([message]) => message)).to.deep.equal(
      Array(2).fill('pattern open to ReDoS: a request may keep it busy for very long'),
    )
    expect(found[0]![1].at).to.match(/^test\/core\/validation\/emit\/check-patterns\.test\.ts:\d+$/)
    expect(found.map(([, { at: _, ...fields }]) => fields)).to.deep.equal([
      {
        code,
        problem:
          'Article.title is matched with /^(a+)+$/: a long text made of `a`, with an end that does not fit, may take very long',
        fix,
      },
      {
        code,
        problem:
          'Tag.name is matched with /^(x+x+)+y$/i: a long text made of `x`, with an end that does not fit, may take very long',
        fix,
      },
    ])
  })

  it('says for how many patterns there was no time', async () => {
    class Wide {}
    for (let count = 0; count < 400; count++) {
      const property = `field${count}`
      Reflect.defineMetadata('design:type', String, Wide.prototype, property)
      Body()(Wide.prototype, property as never)
      Matches(new RegExp(`^([a-z0-9]+(-[a-z0-9]*)*|y${count})*$`))(Wide.prototype, property)
    }
    @Route('/wide')
    class Wides {
      @Post()
      create(wide: Wide) {
        return wide
      }
    }
    const found = (await warnings(Wides)) as [string, { code: string; problem: string }][]
    const last = found.at(-1)!
    expect(last[0]).to.equal('patterns not checked for ReDoS: there was no time')
    expect(last[1].code).to.equal('W_PATTERN_UNCHECKED')
    expect(last[1].problem).to.equal(`${400 - (found.length - 1)} patterns were not checked for backtracking`)
  })

  it('is silent about harmless patterns and patterns that are none', async () => {
    class Quiet {
      @Body() @Matches('(') broken!: string
      @Body() @Matches(/^\d{4}$/) year!: string
    }
    @Route('/quiet')
    class Quiets {
      @Post()
      create(quiet: Quiet) {
        return quiet
      }
    }
    expect(await warnings(Quiets)).to.deep.equal([])
  })
})
