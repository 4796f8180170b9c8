import { expect } from 'chai'
import fc from 'fast-check'

import type * as PathPattern from '../../../packages/core/dist/contract/path-pattern.js'
import type * as FindMyWayTreeModule from '../../../packages/core/dist/routing/find-my-way-tree.js'
import type * as PlainTreeModule from '../../../packages/core/dist/routing/plain-tree.js'
import type * as RouteTreeModule from '../../../packages/core/dist/routing/route-tree.js'
import type { Routable } from '../../../packages/core/dist/routing/route-entries.js'
import type * as RouterModule from '../../../packages/core/dist/routing/router.js'
import { load } from '../../helpers/core-internals.js'

const { Router } = await load<typeof RouterModule>('routing/router.js')
const { FindMyWayTree } = await load<typeof FindMyWayTreeModule>('routing/find-my-way-tree.js')
const { PlainTree } = await load<typeof PlainTreeModule>('routing/plain-tree.js')
const { undecodable } = await load<typeof RouteTreeModule>('routing/route-tree.js')
const { parsePath } = await load<typeof PathPattern>('contract/path-pattern.js')

const seed = process.env.FC_SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.FC_SEED)

type Route = Routable
type Tree = RouteTreeModule.RouteTree<Route>

const verbs = ['GET', 'POST', 'HEAD', 'OPTIONS', 'PROPFIND'] as const

/** What stands between two slashes of a declared path: several of these, so that beginnings are shared. */
const word = fc.constantFrom('a', 'ab', 'abc', 'b', 'A', '::', '%', '%41', '%2F', 'é', 'x y', '-', '.', '~', '')
const parameter = fc.constantFrom(
  ...[
    ':id',
    ':id',
    ':name',
    ':n(\\d+)',
    ':n(^\\d+$)',
    ':w([a-z]*)',
    ':o(a|b)',
    ':g((a)|(b))',
    ':f(.*)',
    ':s(\\w+/\\w+)',
  ],
)
const several = fc.constantFrom(
  ...[
    ':from-:to',
    ':from-:to',
    ':a-:b-:c',
    ':a.:b',
    ':name.json',
    ':name.xjson',
    ':n(\\d+)-:w([a-z]+)',
    ':n(\\d+).:x',
    'a:id',
    'ab:id',
  ],
  ...[
    'a-:b',
    ':n(\\d+):w([a-z]+)',
    ':a-::b',
    ':a-%:b',
    ':a(\\d)?',
    ':a?-:b',
    '__proto__',
    ':__proto__',
    ':a..:b',
    ':a-b-:c',
  ],
)
const mistaken = fc.constantFrom(':r((a+)+)', ':n(\\d', ':n(\\$)', ':', ':id?', '*a', 'a*')
const declaredPart = fc.oneof(
  { weight: 5, arbitrary: word },
  { weight: 4, arbitrary: parameter },
  { weight: 3, arbitrary: several },
  { weight: 1, arbitrary: mistaken },
)
const declared = fc
  .tuple(fc.array(declaredPart, { maxLength: 4 }), fc.constantFrom('', '', '', '/', '/*', '/:last?', '*'))
  .map(([parts, end]) => `/${parts.join('/')}${end}`)

const askedPart = fc.oneof(
  fc.constantFrom(
    'a',
    'ab',
    'abc',
    'abcd',
    'b',
    'A',
    ':',
    '%',
    '%25',
    '%2525',
    '%41',
    '%2f',
    '%2F',
    '%zz',
    '%C3%A9',
    '%C3',
    'é',
    '',
  ),
  fc.constantFrom(
    '7',
    '12',
    '7-x',
    '1-2',
    '1-2-3',
    'a-b',
    'a.b',
    'x.json',
    'x.y.json',
    '12ab',
    'x y',
    'x%20y',
    'a%2Db',
    '-',
    '..',
    'a--b',
    '*',
  ),
  fc.constantFrom(
    'n'.repeat(256),
    'n'.repeat(257),
    `${'n'.repeat(257)}.json`,
    '9'.repeat(600),
    `${'a'.repeat(200)}-${'b'.repeat(200)}`,
  ),
)
const asked = fc
  .array(askedPart, { maxLength: 5 })
  .chain((parts) => fc.constantFrom(`/${parts.join('/')}`, `/${parts.join('/')}/`, `//${parts.join('/')}`, '/', '*'))

/** A path that a declared one is likely to have. */
const fitting = (path: string): string =>
  parsePath(path)
    .map((segment) => (segment.kind === 'fixed' ? segment.text : '7'))
    .join('')

const route: fc.Arbitrary<Route> = fc
  .record({ verb: fc.constantFrom('GET', 'POST', 'ALL'), path: declared })
  .map(({ verb, path }) => ({
    verb,
    path,
    segments: parsePath(path),
    isFallback: false,
    name: `${verb} ${path}`,
    site: '',
  }))

function outcome(tree: Tree, verb: string, path: string): unknown {
  const found = tree.find(verb, path)
  if (found === undefined || typeof found === 'symbol') return found
  return { route: found.route, params: Object.entries(found.params) }
}

/** Fills the tree as a server would. @returns what it refuses */
function fill(tree: Tree, routes: readonly Route[]): readonly string[] {
  const problems: Error[] = []
  new Router<Route>(routes, problems as never, tree)
  // find-my-way quotes the rest of the path as well.
  return problems.map(({ message }) => message.replace(/(Invalid regexp expression in) ".*"/, '$1'))
}

/** The routes that a server would start with. */
function acceptedOf(routes: readonly Route[]): readonly Route[] {
  const accepted: Route[] = []
  for (const one of routes) if (fill(new FindMyWayTree(), [...accepted, one]).length === 0) accepted.push(one)
  return accepted
}

describe('the router where code generation is forbidden', () => {
  it(`finds and refuses what find-my-way does (seed ${seed})`, () => {
    const counts = { cases: 0, found: 0, withParams: 0, undecodable: 0, refused: 0 }
    fc.assert(
      fc.property(
        fc.array(route, { maxLength: 10 }),
        fc.array(asked, { minLength: 8, maxLength: 20 }),
        (routes, paths) => {
          const refused = fill(new PlainTree(), routes)
          expect(refused).to.deep.equal(fill(new FindMyWayTree(), routes))
          counts.refused += refused.length
          const plain = new PlainTree<Route>()
          const other = new FindMyWayTree<Route>()
          const accepted = acceptedOf(routes)
          fill(plain, accepted)
          fill(other, accepted)
          for (const path of [...paths, ...routes.map((one) => fitting(one.path))]) {
            for (const verb of verbs) {
              const found = outcome(plain, verb, path)
              expect(found, `${verb} ${path}`).to.deep.equal(outcome(other, verb, path))
              counts.cases++
              if (found === undecodable) counts.undecodable++
              else if (found) {
                counts.found++
                if ((found as { params: unknown[] }).params.length > 0) counts.withParams++
              }
            }
          }
        },
      ),
      { seed, numRuns: 1_000 },
    )
    expect(counts.cases).to.be.above(40_000)
    for (const [kind, count] of Object.entries(counts)) expect(count, kind).to.be.above(500)
  }).timeout(60_000)

  it('gives parameters an object that inherits nothing', () => {
    const tree = new PlainTree<Route>()
    fill(tree, [{ verb: 'GET', path: '/:id', segments: parsePath('/:id'), isFallback: false, name: 'a', site: '' }])
    const found = tree.find('GET', '/toString')
    expect(found).to.have.nested.property('params.id', 'toString')
    expect(found).to.have.property('params').that.does.not.have.property('constructor')
  })

  it('goes back from what leads nowhere', () => {
    const tree = new PlainTree<Route>()
    const at = (path: string): Route => ({
      verb: 'GET',
      path,
      segments: parsePath(path),
      isFallback: false,
      name: path,
      site: '',
    })
    fill(tree, ['/users/me', '/users/:id/posts', '/users/:id.json', '/users/*', '/:any/list/:n(\\d+)'].map(at))
    const paths = [
      '/users/me',
      '/users/me/posts',
      '/users/me.json',
      '/users/me/photos',
      '/users/list/7',
      '/x/list/7',
      '/x/list/y',
    ]
    expect(paths.map((path) => (outcome(tree, 'GET', path) as { route: Route } | undefined)?.route.path)).to.deep.equal(
      ['/users/me', '/users/:id/posts', '/users/:id.json', '/users/*', '/users/*', '/:any/list/:n(\\d+)', undefined],
    )
  })
})
