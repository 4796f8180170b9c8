import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { lokstra } from '../helpers/lokstra.js'
import { createTemporaryFolder, filesBelow, type TemporaryFolder } from '../helpers/temporary-folder.js'

/** What `lokstra new` takes for a project. */
async function createProject(): Promise<TemporaryFolder> {
  const folder = await createTemporaryFolder()
  await writeFile(join(folder.path, 'package.json'), '{}')
  return folder
}

const withoutManifest = async (folder: string) => (await filesBelow(folder)).filter((file) => file !== 'package.json')

describe('lokstra new', () => {
  it('writes a class and its test, and says what to do next', async () => {
    await using project = await createProject()
    expect(await lokstra(project.path, 'new', 'controller', 'order-item')).to.deep.equal({
      code: 0,
      stdout: [
        'Wrote src/order-items/order-item.controller.ts',
        'Wrote test/order-items/order-item.controller.test.ts',
        '',
        'Next:',
        '  Add it to an app of lokstra.yaml: controllers: [OrderItemController]',
        '',
      ].join('\n'),
      stderr: '',
    })
    const source = await readFile(join(project.path, 'src/order-items/order-item.controller.ts'), 'utf8')
    expect(source).to.include("@Route('/order-items')\nexport class OrderItemController {")
  })

  const spellings = {
    OrderItem: 'order-items/order-item',
    order_item: 'order-items/order-item',
    'orders/item': 'orders/item',
    'orders/OrderItemService': 'orders/order-item',
    'src/shop/orders/item': 'shop/orders/item',
    HTTPClient: 'http-clients/http-client',
    category: 'categories/category',
    orders: 'orders/orders',
    address: 'addresses/address',
    Service: 'services/service',
  }
  for (const [name, path] of Object.entries(spellings))
    it(`writes the service ${name} to src/${path}.service.ts`, async () => {
      await using project = await createProject()
      expect((await lokstra(project.path, 'new', 'service', name)).code).to.equal(0)
      expect(await withoutManifest(project.path)).to.deep.equal([
        `src/${path}.service.ts`,
        `test/${path}.service.test.ts`,
      ])
    })

  it('keeps a module in a folder of its name', async () => {
    await using project = await createProject()
    expect((await lokstra(project.path, 'new', 'module', 'billing')).code).to.equal(0)
    expect(await withoutManifest(project.path)).to.deep.equal([
      'src/billing/billing.module.ts',
      'test/billing/billing.module.test.ts',
    ])
  })

  it('keeps middleware and jobs in folders of their own, unless the name says where', async () => {
    await using project = await createProject()
    for (const args of [
      ['middleware', 'tenant'],
      ['job', 'send-mail'],
      ['job', 'mails/send'],
    ])
      expect((await lokstra(project.path, 'new', ...args)).code).to.equal(0)
    expect(await withoutManifest(join(project.path, 'src'))).to.deep.equal([
      'jobs/send-mail.job.ts',
      'mails/send.job.ts',
      'middleware/tenant.middleware.ts',
    ])
  })

  it('writes to the project around the working folder', async () => {
    await using project = await createProject()
    const inner = join(project.path, 'src/deep')
    await mkdir(inner, { recursive: true })
    const { stdout } = await lokstra(inner, 'new', 'dto', 'order')
    expect(stdout).to.match(
      /^Wrote \.\.\/orders\/order\.dto\.ts\nWrote \.\.\/\.\.\/test\/orders\/order\.dto\.test\.ts\n/,
    )
  })

  it('numbers migrations after the highest one, as wide as it is', async () => {
    await using project = await createProject()
    const write = async (...args: string[]) =>
      (await lokstra(project.path, 'new', 'migration', ...args)).stdout.split('\n')[0]
    expect(await write('CreateOrders')).to.equal('Wrote migrations/001_create_orders.sql')
    expect(await write('add-index')).to.equal('Wrote migrations/002_add_index.sql')
    await writeFile(join(project.path, 'migrations/0041-by-hand.sql'), '')
    await writeFile(join(project.path, 'migrations/9999-notes.txt'), '')
    expect(await write('more')).to.equal('Wrote migrations/0042_more.sql')
    expect(await write('first', '--folder', 'db/reports/')).to.equal('Wrote db/reports/001_first.sql')
  })

  for (const name of ['', '1st', '../up', '/tmp/x', 'a//b', 'a b', 'naïve', "x'", '-', 'x'.repeat(81)])
    it(`refuses the name ${JSON.stringify(name.slice(0, 20))}, with exit code 2`, async () => {
      await using project = await createProject()
      const { code, stdout, stderr } = await lokstra(project.path, 'new', 'controller', '--', name)
      expect([code, stdout]).to.deep.equal([2, ''])
      expect(stderr).to.match(/^error: ".*" is no name: write letters and digits/)
      expect(await withoutManifest(project.path)).to.deep.equal([])
    })

  it('overwrites nothing: it names the files that are there', async () => {
    await using project = await createProject()
    await mkdir(join(project.path, 'test/orders'), { recursive: true })
    await writeFile(join(project.path, 'test/orders/order.dto.test.ts'), 'mine')
    for (const option of [[], ['--dry-run']]) {
      const { code, stderr } = await lokstra(project.path, 'new', 'dto', 'order', ...option)
      expect(code).to.equal(1)
      expect(stderr).to.match(/^E_FILES_EXIST: .*: test\/orders\/order\.dto\.test\.ts\n/)
      expect(await withoutManifest(project.path)).to.deep.equal(['test/orders/order.dto.test.ts'])
    }
    expect((await lokstra(project.path, 'new', 'dto', 'order', '--force')).code).to.equal(0)
    expect(await readFile(join(project.path, 'test/orders/order.dto.test.ts'), 'utf8')).not.to.equal('mine')
  })

  it('only says with --dry-run what it would write', async () => {
    await using project = await createProject()
    const { code, stdout } = await lokstra(project.path, 'new', 'job', 'send-mail', '--dry-run')
    expect([code, stdout]).to.deep.equal([
      0,
      'Would write src/jobs/send-mail.job.ts\nWould write test/jobs/send-mail.job.test.ts\n',
    ])
    expect(await readdir(project.path)).to.deep.equal(['package.json'])
  })

  it('says what it needs outside of a project', async () => {
    await using folder = await createTemporaryFolder()
    const { code, stderr } = await lokstra(folder.path, 'new', 'dto', 'order')
    expect(code).to.equal(1)
    expect(stderr).to.match(/^E_PROJECT_MISSING: There is no package\.json in /)
  })

  it('names the kind that was probably meant, with exit code 2', async () => {
    await using project = await createProject()
    const { code, stderr } = await lokstra(project.path, 'new', 'controler', 'order')
    expect(code).to.equal(2)
    expect(stderr).to.include('(Did you mean controller?)')
  })
})
