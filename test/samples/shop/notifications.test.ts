import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createTestServer } from '@lokstra/core/testing'
import { Database } from '@lokstra/services/postgres'
import { expect } from 'chai'

import { poll } from '../../helpers/poll.js'
import { shop, shopFolder } from './shop.js'

const { NotificationService } = shop

/** Draws its position at once, and takes its time until it is committed. */
const slowInserts = `
  create function take_time() returns trigger language plpgsql as $$
  begin
    if new.text = 'slow' then perform pg_sleep(0.5); end if;
    return new;
  end $$;
  create trigger take_time before insert on notifications for each row execute function take_time()`

describe('notifications that are sent to one user at the same time', function () {
  this.timeout(60_000)

  const dataDir = mkdtempSync(join(tmpdir(), 'lokstra-shop-'))
  after(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 }))

  it('all reach whoever reads on from where they were', async () => {
    const server = await createTestServer({
      file: join(shopFolder, 'lokstra.yaml'),
      env: { ...process.env, DATA_DIR: dataDir, DURABLE: 'false' },
      set: ['calls.boundary=direct'],
    })
    const db = server.get(Database, 'notificationsDb')
    await db.query(slowInserts)
    const notifications = server.get(NotificationService)
    const userId = randomUUID()
    const send = (text: string) => notifications.send({ id: randomUUID(), userId, kind: 'order-confirmed', text })
    const slow = send('slow')
    // What a sequence has given is seen before it is committed.
    await poll(
      async () => (await db.one<{ is_called: boolean }>('select is_called from notifications_position_seq')).is_called,
      () => 'The slow one did not draw its position',
    )
    const fast = send('fast')
    const texts: string[] = []
    for await (const { text } of notifications.watch({ userId, after: 0, wait: 2_000 })) texts.push(text)
    await Promise.all([slow, fast])
    expect(texts).to.deep.equal(['slow', 'fast'])
  })
})
