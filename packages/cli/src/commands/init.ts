import { InvalidArgumentError, Option, type Command } from 'commander'

import type { Choices } from '../init/ask.js'
import { currentPackageManager, packageManagers } from '../init/package-managers.js'
import { packageNameOf, refusePackageName } from '../init/package-name.js'
import { templateNames, templates } from '../init/templates.js'
import { exitCodes } from '../run.js'
import { examples } from '../ui/examples.js'

interface InitOptions extends Omit<Partial<Choices>, 'folder'> {
  readonly yes?: boolean
  readonly force?: boolean
  readonly packages?: string
}

export function addInit(program: Command): void {
  const width = Math.max(...templateNames.map((name) => name.length))
  program
    .command('init')
    .description('write a new project')
    .argument('[folder]', 'where; the working folder by default')
    .addOption(new Option('-t, --template <name>', 'what it starts as (default: minimal)').choices(templateNames))
    .option('-n, --name <name>', 'name of its package (default: that of the folder)', checkName)
    .addOption(
      new Option(
        '--package-manager <name>',
        'what installs its dependencies (default: what runs this, or npm)',
      ).choices(packageManagers),
    )
    .option('--no-install', 'do not install its dependencies')
    .option('--no-git', 'do not make a git repository')
    .option('-f, --force', 'overwrite files that are there already')
    .option('-y, --yes', 'ask nothing; what no option says is its default')
    .option('--packages <folder>', 'install the packages of Lokstra from files that npm run pack made')
    .addHelpText(
      'after',
      `\nTemplates:\n${templateNames.map((name) => `  ${name.padEnd(width)}  ${templates[name]}`).join('\n')}`,
    )
    .addHelpText(
      'after',
      examples(
        ['lokstra init shop', 'asks what is not said, on a terminal'],
        ['lokstra init shop --template api --yes', 'asks nothing'],
        ['lokstra init --no-install --no-git', 'only writes files, to the working folder'],
      ),
    )
    .action(init)
}

function checkName(name: string): string {
  const reason = refusePackageName(name)
  if (reason !== undefined) throw new InvalidArgumentError(`${reason}.`)
  return name
}

async function init(folder: string | undefined, options: InitOptions, command: Command): Promise<void> {
  const { yes = false, force = false, packages } = options
  const given = givenChoices(folder, options, command)
  const defaults: Choices = {
    folder: '.',
    template: 'minimal',
    name: packageNameOf(folder ?? '.'),
    packageManager: currentPackageManager(),
    install: true,
    git: true,
  }
  const isAsking = !yes && process.stdin.isTTY && process.stderr.isTTY
  const { createProject, refuseOccupied } = await import('../init/create-project.js')
  const refuse = (place: string) => refuseOccupied(place, given.template, force)
  const choices = isAsking
    ? await (await import('../init/ask.js')).ask(given, defaults, refuse)
    : { ...defaults, ...given }
  if (choices === undefined) {
    process.stderr.write('Nothing was written.\n')
    process.exitCode = exitCodes.failed
    return
  }
  process.stdout.write(await createProject(choices, { force, ...(packages === undefined ? {} : { packages }) }))
}

/** What the command line says, without what it leaves to defaults. */
function givenChoices(folder: string | undefined, options: InitOptions, command: Command): Partial<Choices> {
  const names = ['template', 'name', 'packageManager', 'install', 'git'] as const
  const said = names.filter((name) => command.getOptionValueSource(name) === 'cli')
  return {
    ...(folder === undefined ? {} : { folder }),
    ...Object.fromEntries(said.map((name) => [name, options[name]])),
  }
}
