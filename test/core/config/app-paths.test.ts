import { join } from 'node:path'

import { createServer, type ServerOptions } from '@lokstra/core'
import { expect } from 'chai'

import { createAppFolder } from '../../helpers/app-folder.js'
import { problemsOf } from '../../helpers/boot-problems.js'

/** What is said of a configuration, in its order. */
async function said(yaml: string, options: ServerOptions = {}): Promise<string[]> {
  await using folder = await createAppFolder({ 'lokstra.yaml': yaml }, [])
  return (await problemsOf({ env: {}, ...options, file: join(folder.path, 'lokstra.yaml') })).map(
    ({ problem }) => problem,
  )
}

const unknown = (path: string) => `${path} is not a known key.`

describe('the path of an app in a report', () => {
  it('holds its name', async () => {
    expect(await said('apps: [{ name: api, zzzzz: 1 }, { name: my.admin, limits: { zzzzz: 1 } }]')).to.deep.equal([
      unknown('apps.api.zzzzz'),
      unknown('apps["my.admin"].limits.zzzzz'),
    ])
  })

  it('holds its index where no name says which app it is', async () => {
    expect(
      await said(
        'apps: [{ name: a, zzzzz: 1 }, { name: a }, { zzzzz: 1 }, { name: "", zzzzz: 1 }, { name: b, zzzzz: 1 }]',
      ),
    ).to.have.members([
      unknown('apps[0].zzzzz'),
      'apps[1].name must differ from that of apps[0], received "a"',
      'apps[2].name is missing',
      unknown('apps[2].zzzzz'),
      'apps[3].name should not be empty, received ""',
      unknown('apps[3].zzzzz'),
      unknown('apps.b.zzzzz'),
    ])
  })

  it('holds a name that came in through a variable, and none that is not known', async () => {
    const yaml = "apps: [{ name: '${APP:shop}', zzzzz: 1 }, { name: '${OTHER}', zzzzz: 1, listen: '${PORT}' }]"
    expect(await said(yaml)).to.deep.equal([
      unknown('apps.shop.zzzzz'),
      'apps[1].name: the environment variable OTHER is not set',
      unknown('apps[1].zzzzz'),
      'apps[1].listen: the environment variable PORT is not set',
    ])
  })

  it('never holds a name that is a secret', async () => {
    const yaml = "apps: [{ name: '${secret:env:APP}', zzzzz: 1 }]"
    expect(await said(yaml, { env: { APP: 'shop-of-smith' } })).to.deep.equal([unknown('apps[0].zzzzz')])
  })

  it('is the same for a key that stands twice', async () => {
    expect(
      await said('apps: [{ listen: ":1", listen: ":2", name: api }, { prefix: /a, prefix: /b, name: "${X:y}" }]'),
    ).to.deep.equal(['apps.api.listen is set twice', 'apps[1].prefix is set twice'])
  })

  it('is the same for middleware, mounts and groups, and for apps in code', async () => {
    const yaml = `apps: [{ name: api, groups: [{ zzzzz: 1 }], mounts: [{ static: { dir: '.', zzzzz: 1 } }] }]`
    expect(await said(yaml)).to.have.members([
      unknown('apps.api.groups[0].zzzzz'),
      unknown('apps.api.mounts[0].static.zzzzz'),
    ])
    const inCode = await problemsOf({ apps: [{ name: 'api', limits: { depth: 0 } }] })
    expect(inCode.map(({ problem, details }) => [problem, details?.path])).to.deep.equal([
      ['apps.api.limits.depth must not be less than 1, received 0', 'apps.api.limits.depth'],
    ])
  })

  it('is one that --set and the configuration itself understand', async () => {
    const [problem] = await said('apps: [{ name: my.api, limits: { depth: 0 } }]')
    const path = problem!.split(' ')[0]!
    expect(path).to.equal('apps["my.api"].limits.depth')
    await using folder = await createAppFolder({ 'lokstra.yaml': 'apps: [{ name: my.api, limits: { depth: 0 } }]' }, [])
    const server = createServer({ file: join(folder.path, 'lokstra.yaml'), env: {}, set: [`${path}=7`] })
    expect((await server.configuration()).valueAt(path)).to.equal(7)
  })
})
