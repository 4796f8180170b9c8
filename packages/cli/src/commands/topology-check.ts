import type { TopologyCheck, TopologyProblem } from '@lokstra/core'
import type { Command } from 'commander'

import { addTopologyOptions, topologyOptions, type ConfigurationOptions } from '../options.js'
import { exitCodes } from '../run.js'
import { count } from '../ui/count.js'
import { examples } from '../ui/examples.js'
import { formatJson } from '../ui/format-json.js'
import { printAside } from '../ui/print-aside.js'

interface CheckOptions extends ConfigurationOptions {
  readonly json?: true
}

export function addTopologyCheck(topology: Command): void {
  const command = topology
    .command('check')
    .description('check every server of every deployment, starting nothing')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        ['lokstra topology check', 'each mistake with the servers that have it; exit code 1 where there is one'],
        ['lokstra topology check --env production', 'as they will start in production'],
      ),
    )
    .action(check)
  addTopologyOptions(command)
}

async function check({ json, ...options }: CheckOptions): Promise<void> {
  const { checkTopology } = await import('@lokstra/core')
  const found = await printAside(() => checkTopology(topologyOptions(options)))
  process.stdout.write(json ? formatJson(found) : describe(found))
  if (found.problems.length > 0) process.exitCode = exitCodes.failed
}

function describe({ servers, problems, notes }: TopologyCheck): string {
  const isWhole = servers.length === 0
  const lines = problems.map((problem, index) => `${index + 1}. ${describeProblem(problem, servers.length)}`)
  const told = notes.map(({ deployment, text }) => `note  ${deployment}: ${text}`)
  const total = count(servers.length, 'server')
  const nothing = notes.length === 0 ? 'The configuration has no deployments' : 'No deployment has servers'
  const summary =
    problems.length === 0
      ? isWhole
        ? `${nothing}: everything runs in one process.`
        : `${total} can start: ${listed(servers)}`
      : `${count(problems.length, 'problem')}${isWhole ? '' : ` in ${total}`}.`
  return `${[...lines.flatMap((line) => [line, '']), ...told, ...(told.length > 0 ? [''] : []), summary].join('\n')}\n`
}

function describeProblem({ code, problem, where, fix, servers }: TopologyProblem, total: number): string {
  const names = servers.length === total && total > 1 ? 'every server' : listed(servers)
  const rest = [
    ...where.map((place, index) => `${index === 0 ? 'at ' : '   '}   ${place}`),
    ...(fix === undefined ? [] : [`fix   ${fix}`]),
    ...(servers.length === 0 ? [] : [`of    ${names}`]),
  ]
  return [`${code}: ${problem}`, ...rest.map((line) => `   ${line}`)].join('\n')
}

/** With `--json` all of them are told. */
const mostNames = 8

function listed(names: readonly string[]): string {
  const more = names.length - mostNames
  return more > 1 ? `${names.slice(0, mostNames).join(', ')} and ${more} more` : names.join(', ')
}
