import type { ExplainedRoute, RouteExplanation } from '@lokstra/core'
import type { Command } from 'commander'

import { inspect } from '../inspect.js'
import { addConfigurationOptions, type ConfigurationOptions } from '../options.js'
import { columns } from '../ui/columns.js'
import { examples } from '../ui/examples.js'
import { formatJson } from '../ui/format-json.js'

interface WhyRouteOptions extends ConfigurationOptions {
  readonly app?: string
  readonly json?: true
}

export function addWhyRoute(why: Command): void {
  const command = why
    .command('route')
    .argument('<verb>', 'such as GET')
    .argument('<path>', 'of a request, such as /todos/7')
    .description('show which route answers a request, and what runs for it')
    .option('--app <name>', 'only at the address of this app')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        ['lokstra why route GET /todos/7', 'the route, its parameters, its middleware, and where each is attached'],
        ['lokstra why route DELETE /todos --app api', 'or what nearly matches'],
      ),
    )
    .action(whyRoute)
  addConfigurationOptions(command)
}

async function whyRoute(verb: string, path: string, { app, json, ...options }: WhyRouteOptions): Promise<void> {
  const explanations = await inspect(options, (server) => server.explainRoute(verb, path, app))
  if (json) {
    process.stdout.write(formatJson(explanations))
    return
  }
  const { writtenDuration } = await import('@lokstra/core')
  process.stdout.write(`${explanations.map((one) => describe(one, writtenDuration)).join('\n\n')}\n`)
}

const outcomes: Readonly<Record<Exclude<RouteExplanation['outcome'], 'answered'>, string>> = {
  'wrong-verb': 'answered with 405: the path has routes for other verbs only',
  'not-found': 'answered with 404: no route has this path',
  'bad-path': 'answered with 400: the path holds an escape that cannot be decoded',
}

function describe(
  { apps, listen, outcome, route, shadowed, otherVerbs, similar }: RouteExplanation,
  writtenDuration: (milliseconds: number) => string,
): string {
  const rows: (readonly [label: string, ...cells: string[]])[] = []
  if (route) {
    if (route.declaredAt !== undefined && route.declaredAt !== route.where) rows.push(['handler at', route.declaredAt])
    for (const [name, value] of Object.entries(route.parameters))
      rows.push(['parameter', `${name} = ${JSON.stringify(value)}`])
    for (const { name, level, where } of route.middleware) rows.push(['through', name, level, where])
    rows.push(['time limit', route.handlerTimeoutMs === 0 ? 'none' : writtenDuration(route.handlerTimeoutMs)])
  }
  for (const other of shadowed) rows.push(['goes before', line(other)])
  for (const other of otherVerbs) rows.push(['other verb', line(other)])
  if (similar) rows.push(['similar', line(similar)])
  const head = route ? line(route) : outcomes[outcome as keyof typeof outcomes]
  return [`${apps.join(', ')}  ${listen}`, `  ${head}`, ...columns(rows).map((row) => `    ${row}`)].join('\n')
}

function line({ verb, path, handler, where }: ExplainedRoute): string {
  return `${verb} ${path}  ${handler}  at ${where}`
}
