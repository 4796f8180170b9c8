import type { Command } from 'commander'

import { addConfigurationOptions, type ConfigurationOptions } from '../options.js'
import { count } from '../ui/count.js'
import { examples } from '../ui/examples.js'

export function addBuild(program: Command): void {
  const command = program
    .command('build')
    .description('compile a project, and check that it could start')
    .addHelpText(
      'after',
      examples(
        ['lokstra build', 'with the TypeScript of the project; compiled files without a source are removed'],
        ['lokstra build --env production', 'checked with the configuration of production'],
      ),
    )
    .action(build)
  addConfigurationOptions(command)
}

async function build(options: ConfigurationOptions): Promise<void> {
  const { buildProject } = await import('../dev/build-project.js')
  const { seconds, removed, apps, routes } = await buildProject(options, process.stderr)
  const stale = removed === 0 ? '' : `, removed ${count(removed, 'file')} without a source`
  process.stdout.write(`built in ${seconds.toFixed(1)} s: ${count(apps, 'app')}, ${count(routes, 'route')}${stale}\n`)
}
