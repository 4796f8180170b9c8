import { expect } from 'chai'
import fc from 'fast-check'
import findMyWay, { type HTTPMethod } from 'find-my-way'

import type * as PathPattern from '../../../packages/core/dist/contract/path-pattern.js'
import type { Routable } from '../../../packages/core/dist/routing/route-entries.js'
import type * as RouterModule from '../../../packages/core/dist/routing/router.js'
import { load } from '../../helpers/core-internals.js'

const { Router } = await load<typeof RouterModule>('routing/router.js')
const { parsePath } = await load<typeof PathPattern>('contract/path-pattern.js')

const seed = process.env.FC_SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.FC_SEED)

const verbs = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const
type Route = Routable

/** The tree alone, filled in the order of precedence: own verb, HEAD of a GET, ALL, mounts. */
class PlainRouter {
  readonly #tree = findMyWay({ ignoreTrailingSlash: true, maxParamLength: 256, onBadUrl: () => undefined })

  constructor(routes: readonly Route[]) {
    const operations = routes.filter(({ isFallback }) => !isFallback)
    for (const route of operations) if (route.verb !== 'ALL') this.#add(route.verb, route)
    for (const route of operations) if (route.verb === 'GET') this.#add('HEAD', route)
    for (const route of operations) if (route.verb === 'ALL') for (const verb of verbs) this.#add(verb, route)
    for (const route of routes)
      if (route.isFallback) for (const verb of ['GET', 'HEAD'] as const) this.#add(verb, route)
  }

  find(verb: string, path: string): unknown {
    if (!path.startsWith('/')) return undefined
    const found = this.#tree.find(verb as HTTPMethod, path)
    if (found === null) return undefined
    return found.store === null ? 'cannot be decoded' : { route: found.store as unknown, params: { ...found.params } }
  }

  #add(verb: HTTPMethod, route: Route): void {
    try {
      this.#tree.on(verb, route.path, () => undefined, route)
    } catch {
      // Declared before, with a higher precedence.
    }
  }
}

const piece = fc.constantFrom(
  'a',
  'b',
  'A',
  'a-b',
  'a.b',
  '::a',
  ':id',
  ':id?',
  ':n(^\\d+$)',
  '%41',
  'é',
  'x y',
  '',
  '*',
)
const pattern = fc.array(piece, { maxLength: 4 }).map((pieces) => `/${pieces.join('/')}`)
const route: fc.Arbitrary<Route> = fc
  .record({
    verb: fc.constantFrom(...verbs, 'ALL' as const),
    path: pattern,
    isFallback: fc.integer({ max: 9, min: 0 }),
  })
  .map(({ verb, path, isFallback }) => ({
    verb: isFallback === 0 ? 'GET' : verb,
    path,
    segments: parsePath(path),
    isFallback: isFallback === 0,
    name: `${verb} ${path}`,
    site: '',
  }))

const asked = fc
  .array(
    fc.constantFrom(
      'a',
      'b',
      'A',
      'a-b',
      'a.b',
      ':a',
      '7',
      '%41',
      '%2f',
      '%zz',
      '%C3%A9',
      'é',
      'x y',
      'x%20y',
      '',
      '*',
    ),
    {
      maxLength: 5,
    },
  )
  .chain((pieces) =>
    fc.constantFrom(`/${pieces.join('/')}`, `/${pieces.join('/')}/`, pieces.join('/'), `//${pieces.join('/')}`),
  )

function find(router: RouterModule.Router<Route>, verb: string, path: string): unknown {
  try {
    const found = router.find(verb, path)
    return found && { route: found.route, params: { ...found.params } }
  } catch {
    return 'cannot be decoded'
  }
}

describe('the router', () => {
  it(`finds what its tree alone finds, and nothing without a slash in front (seed ${seed})`, () => {
    let hits = 0
    fc.assert(
      fc.property(fc.array(route, { maxLength: 8 }), fc.array(asked, { maxLength: 12 }), (routes, paths) => {
        const problems: Error[] = []
        const router = new Router<Route>(routes, problems as never)
        fc.pre(problems.length === 0)
        const plain = new PlainRouter(routes)
        for (const path of [...paths, ...routes.flatMap((one) => [one.path, `${one.path}/`])]) {
          for (const verb of [...verbs, 'PROPFIND']) {
            const found = find(router, verb, path)
            expect(found, `${verb} ${path}`).to.deep.equal(plain.find(verb, path))
            if (found !== undefined) hits++
          }
        }
      }),
      { seed, numRuns: 500 },
    )
    expect(hits).to.be.above(500)
  })

  it('allocates nothing for a path of fixed text', () => {
    const fixed: Route = { verb: 'GET', path: '/a', segments: parsePath('/a'), isFallback: false, name: 'a', site: '' }
    const router = new Router<Route>([fixed], [])
    expect(router.find('GET', '/a')).to.equal(router.find('GET', '/a'))
    expect(router.find('GET', '/a')?.params).to.be.frozen
  })
})
