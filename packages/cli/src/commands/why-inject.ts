import type { InjectedService, InjectionExplanation, InjectionTree } from '@lokstra/core'
import type { Command } from 'commander'

import { inspect } from '../inspect.js'
import { addConfigurationOptions, type ConfigurationOptions } from '../options.js'
import { examples } from '../ui/examples.js'
import { formatJson } from '../ui/format-json.js'

interface WhyInjectOptions extends ConfigurationOptions {
  readonly into?: string
  readonly json?: true
}

export function addWhyInject(why: Command): void {
  const command = why
    .command('inject')
    .argument('<token>', 'name of a service or of a class, such as TodoService')
    .description('show which service is injected for a token, and why')
    .option('--into <name>', 'the service or class that injects it')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        ['lokstra why inject Database', 'the service, what it injects, what injects it, and its turn in the start'],
        ['lokstra why inject Logger --into TodoController', 'the parameter that receives it'],
      ),
    )
    .action(whyInject)
  addConfigurationOptions(command)
}

async function whyInject(token: string, { into, json, ...options }: WhyInjectOptions): Promise<void> {
  const explanation = await inspect(options, (server) => server.explainInjection(token, into))
  process.stdout.write(json ? formatJson(explanation) : describe(explanation))
}

function describe({ token, service, candidates, isUsed, injectedBy, startOrder, into }: InjectionExplanation): string {
  const lines = [service ? `${token} is ${line(service)}` : `${token} is ambiguous`]
  for (const { reason, ...one } of candidates) {
    if (one.name === service?.name) lines.push(`  because ${reason}`)
    else lines.push(`  ${service ? 'not ' : ''}${line(one)}: ${reason}`)
  }
  if (service?.boundary) lines.push(`  ${describeBoundary(service.boundary, service.runsOn)}`)
  if (service?.configuredAt !== undefined) lines.push(`  configured at ${service.configuredAt}`)
  if (service?.module !== undefined) lines.push(`  brought by the module ${service.module}`)
  if (into) {
    const { parameter } = into
    const what = parameter === undefined ? 'does not inject it' : `injects it as parameter ${parameter}`
    lines.push(`  ${line(into)} ${what}`)
  }
  if (!service) return `${lines.join('\n')}\n`
  if (service.dependencies.length > 0) lines.push('', 'it injects', ...tree(service.dependencies, '  '))
  if (injectedBy.length > 0) lines.push('', 'injected by', ...injectedBy.map((one) => `  ${line(one)}`))
  if (!isUsed) lines.push('', 'Nothing needs it, so it is not constructed.')
  else if (startOrder.length > 0) lines.push('', `started as number ${startOrder.length}: ${startOrder.join(', ')}`)
  return `${lines.join('\n')}\n`
}

function tree(services: readonly InjectionTree[], indent: string): readonly string[] {
  return services.flatMap((service) => [
    `${indent}${line(service)}${service.isRepeated ? ', as above' : ''}`,
    ...tree(service.dependencies, `${indent}  `),
  ])
}

function describeBoundary(boundary: NonNullable<InjectedService['boundary']>, runsOn = ''): string {
  return boundary === 'remote' ? `remote: it runs on ${runsOn}` : `checked: it runs on ${runsOn}`
}

function line({ name, class: type, lifetime, where }: InjectedService): string {
  return `${name}${type === undefined || type === name ? '' : ` (${type})`}, ${lifetime}, at ${where}`
}
