import type { Command } from 'commander'

import { kinds, type Kind } from '../new/kinds.js'
import { readNames, type NameRules, type Names } from '../new/names.js'
import type { NewOptions } from '../new/write-new.js'
import { examples } from '../ui/examples.js'

export function addNew(program: Command): void {
  const command = program
    .command('new')
    .description('write a class, its test, or a migration into a project')
    .usage('<kind> <name> [options]')
    .addHelpText(
      'after',
      examples(
        ['lokstra new controller order-item', 'src/order-items/order-item.controller.ts and its test'],
        ['lokstra new service orders/OrderItem', 'src/orders/order-item.service.ts and its test'],
        ['lokstra new migration add-order-items', 'migrations/002_add_order_items.sql'],
        ['lokstra new dto order --dry-run', 'only say what would be written'],
      ),
    )
  for (const kind of kinds) addKind(command, kind)
  addMigration(command)
}

function addKind(parent: Command, kind: Kind): void {
  const command = parent
    .command(kind.name)
    .description(kind.description)
    .argument('<name>', 'such as order-item, OrderItem or orders/item')
    .addHelpText('after', examples([`lokstra new ${kind.name} order-item`, kind.description]))
    .action(async (name: string, options: NewOptions, self: Command) => {
      const names = namesOf(name, kind, self)
      const { writeNew } = await import('../new/write-new.js')
      process.stdout.write(await writeNew(kind, names, options))
    })
  addWriteOptions(command)
}

function addMigration(parent: Command): void {
  const command = parent
    .command('migration')
    .description('the next .sql file of the database')
    .argument('<name>', 'such as add-order-items')
    .option('--folder <folder>', 'where migrations are, relative to the project', 'migrations')
    .addHelpText('after', examples(['lokstra new migration add-order-items', 'the next number, with that name']))
    .action(async (name: string, { folder, ...options }: NewOptions & { folder: string }, self: Command) => {
      const names = namesOf(name, { suffix: 'Migration' }, self)
      const { writeMigration } = await import('../new/write-new.js')
      process.stdout.write(await writeMigration(names, folder, options))
    })
  addWriteOptions(command)
}

function addWriteOptions(command: Command): void {
  command
    .option('--dry-run', 'say what would be written, and write nothing')
    .option('-f, --force', 'overwrite files that are there already')
}

function namesOf(name: string, rules: NameRules, command: Command): Names {
  const names = readNames(name, rules)
  return typeof names === 'string' ? command.error(`error: ${names}`) : names
}
