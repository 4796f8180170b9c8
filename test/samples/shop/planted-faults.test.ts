import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { repositoryRoot } from '../../helpers/repository.js'
import { ChaosCommand, type ChaosRun } from './chaos-command.js'
import { shopFolder } from './shop.js'

/** One order in five has something wrong with it: each is lost, counted wrongly, doubled or forgets its key. */
const wrongBooks = `
create function plant_before() returns trigger language plpgsql as $$ begin
  if random() < 0.2 then new.total_cents := new.total_cents + 1; end if;
  if random() < 0.2 then new.idempotency_key := new.idempotency_key || ' forgotten'; end if;
  return new;
end $$;
create trigger plant_before before insert on orders for each row
  when (new.idempotency_key not like '% again') execute function plant_before();

create function plant_double() returns trigger language plpgsql as $$ begin
  if random() < 0.2 then
    new.id := gen_random_uuid();
    new.idempotency_key := new.idempotency_key || ' again';
    insert into orders select new.*;
  end if;
  return null;
end $$;
create trigger plant_double after insert on orders for each row
  when (new.idempotency_key not like '% again') execute function plant_double();

create function plant_loss() returns trigger language plpgsql as $$ begin
  if random() < 0.2 then delete from orders where id = new.id; end if;
  return null;
end $$;
create trigger plant_loss after update on orders for each row
  when (new.status = 'confirmed' and old.status <> 'confirmed') execute function plant_loss();
`

/** Is discovered and so runs in each process; it acts in the one that is not killed. */
const leaks = `
import { connect, createServer } from 'node:net'
if (process.argv[2]?.includes('microservices.gateway')) {
  const held = []
  const sink = createServer((socket) => held.push(socket)).listen(0, '127.0.0.1', () => {
    setInterval(() => {
      held.push(connect(sink.address().port, '127.0.0.1'))
      held.push(setInterval(() => undefined, 3_600_000))
      held.push(Array.from({ length: 20_000 }, Math.random))
    }, 100)
  })
}
`

describe('npm run chaos of a shop that is not right', function () {
  this.timeout(360_000)

  const command = new ChaosCommand()
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lokstra-planted-'))
    for (const name of ['dist', 'migrations', 'package.json', 'lokstra.yaml', 'lokstra.chaos.yaml'])
      await cp(join(shopFolder, name), join(folder, name), { recursive: true })
    await symlink(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'))
  })
  afterEach(async () => {
    command.end()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  })

  const chaos = (minutes: number): Promise<ChaosRun> =>
    command.run(process.execPath, ['dist/chaos/main.js', '--minutes', String(minutes), '--seed', '1'], folder)

  it('names orders that are lost, doubled, counted wrongly or placed twice for one key, and fails', async () => {
    await writeFile(join(folder, 'migrations/orders/002_planted.sql'), wrongBooks)
    const { code, output } = await chaos(0.2)
    expect(code, output).to.equal(1)
    expect(output)
      .to.match(/^Wrong:$/m)
      .and.match(/^Again with --seed 1$/m)
    expect(output).to.match(/^- the order \S+ was promised and does not exist/m)
    expect(output).to.match(/^- customer \S+ has \d+ orders and asked for \d+/m)
    expect(output).to.match(/^- the total of \S+ is \d+ instead of \d+/m)
    expect(output).to.match(/^- one key gave the orders \S+ and \S+/m)
    // What was sold to an order that is lost is missing.
    expect(output).to.match(/^- of chaos-\S+ there are \d+ instead of \d+/m)
  })

  it('names the process that holds more and more sockets, timers and memory, and fails', async () => {
    await writeFile(join(folder, 'dist/api/leaks.js'), leaks)
    // A minute's worth of samples in a third of the time.
    const chaosYaml = join(folder, 'lokstra.chaos.yaml')
    const yaml = await readFile(chaosYaml, 'utf8')
    expect(yaml).to.include('every: 5s')
    await writeFile(chaosYaml, yaml.replace('every: 5s', 'every: 1s'))
    const { code, output } = await chaos(0.35)
    expect(code, output).to.equal(1)
    for (const what of ['sockets', 'timers', 'heap MiB'])
      expect(output).to.match(
        new RegExp(`^- gateway \\(process \\d+\\): ${what} grow by [\\d.]+ and do not stop: `, 'm'),
      )
  })
})
