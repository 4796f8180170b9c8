import type { TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'
import type { Browser, Page } from 'playwright-core'

import { launchChromiumOrSkip } from '../../helpers/chromium.js'
import { startTodoApi, temporaryData } from './todo-api.js'

describe('the page of the todo API', function () {
  this.timeout(60_000)

  const data = temporaryData()
  const problems: string[] = []
  let browser: Browser
  let server: TestServer
  let page: Page

  before(async function () {
    browser = await launchChromiumOrSkip(this)
    server = await startTodoApi({ url: 'embedded', dataDir: data.dataDir, durable: false })
    page = await browser.newPage({ viewport: { width: 900, height: 700 }, colorScheme: 'light', locale: 'en-GB' })
    page.on('pageerror', (error) => problems.push(String(error)))
    // What the content security policy refuses is told here as well.
    page.on('console', (line) => line.type() === 'error' && problems.push(line.text()))
    page.on('dialog', (dialog) => {
      problems.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    await page.goto(server.url())
  })
  after(async () => {
    await browser?.close()
    await server?.dispose()
    data.remove()
  })

  const item = (title: string) => page.getByRole('listitem').filter({ hasText: title })

  async function add(title: string): Promise<void> {
    await page.getByLabel('What is to be done?').fill(title)
    await page.getByRole('button', { name: 'Add' }).click()
  }

  it('lists a todo that it adds, with its date and tag', async () => {
    await page.getByText('Nothing here.').waitFor()
    await page.getByLabel('Due').fill('2026-12-24')
    await page.getByLabel('Tag').fill('home')
    await add('Buy oranges')
    await item('Buy oranges').getByText('24 Dec 2026').waitFor()
    expect(await item('Buy oranges').locator('.tag').textContent()).to.equal('home')
    expect(await page.getByLabel('What is to be done?').inputValue()).to.equal('')
    expect(problems).to.deep.equal([])
  })

  it('shows markup as text', async () => {
    const title = '<img src=x onerror=alert(1)>'
    await add(title)
    await item(title).waitFor()
    expect(await item(title).locator('.title').textContent()).to.equal(title)
    expect(await page.locator('img').count()).to.equal(0)
    expect(problems).to.deep.equal([])
  })

  it('says at its field what is wrong, and takes it back once it is right', async () => {
    const title = page.getByLabel('What is to be done?')
    await add('')
    await page.getByText('title must be one line of text').waitFor()
    expect(await title.getAttribute('aria-invalid')).to.equal('true')
    await page.getByLabel('Tag').fill('x'.repeat(31))
    await add('x'.repeat(201))
    await page.getByText('title must be shorter than or equal to 200 characters').waitFor()
    await page.getByText('name must be shorter than or equal to 30 characters').waitFor()
    await page.getByLabel('Tag').fill('')
    await add('Call Ada')
    await item('Call Ada').waitFor()
    expect(await title.getAttribute('aria-invalid')).to.equal('false')
    expect(await page.locator('.error:visible').count()).to.equal(0)
  })

  it('keeps what is ticked, over a reload', async () => {
    await item('Call Ada').getByRole('checkbox').check()
    await page.locator('li.finished').filter({ hasText: 'Call Ada' }).waitFor()
    await page.reload()
    await item('Call Ada').waitFor()
    expect(await item('Call Ada').getByRole('checkbox').isChecked()).to.equal(true)
    await page.getByLabel('Show').selectOption('true')
    await page.getByText('1 todo').waitFor()
    await page.getByLabel('Show').selectOption('')
    await page.getByText('3 todos').waitFor()
  })

  it('does not overwrite what somebody else changed, and shows it', async () => {
    const { data: todos } = (await (await server.fetch('/todos?search=oranges')).json()) as { data: { id: number }[] }
    await server.fetch(`/todos/${todos[0]!.id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'Buy lemons' }),
    })
    await item('Buy oranges').getByRole('checkbox').click()
    await page.getByText('It was changed in the meantime').waitFor()
    await item('Buy lemons').waitFor()
    expect(await item('Buy lemons').getByRole('checkbox').isChecked()).to.equal(false)
  })

  it('deletes', async () => {
    await page.getByRole('button', { name: 'Delete Buy lemons' }).click()
    await page.getByText('2 todos').waitFor()
    expect(await item('Buy lemons').count()).to.equal(0)
  })
})
