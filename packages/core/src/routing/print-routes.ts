import type { InputPlan } from '../contract/input-plan.js'
import { printType } from '../contract/value-type.js'
import type { Route } from './compile-route.js'
import { printPlans } from './print-plan.js'

/** How much `Server.describeRoutes` tells of each route. */
export interface DescribeOptions {
  /** The whole contract of each operation instead of one line. Default false. */
  readonly plan?: boolean
  /** With the contract also the code that is emitted for it. Default false. */
  readonly code?: boolean
}

export function printRoutes(routes: readonly Route[], { plan = false, code = false }: DescribeOptions = {}): string {
  return plan || code ? printPlans(routes, code) : printLines(routes)
}

/** One line for each route: verb, path, what runs, outermost first, and where it is declared. */
function printLines(routes: readonly Route[]): string {
  const rows = routes.map((route) => [route.verb, route.path, `${describeChain(route)}  at ${route.site}`] as const)
  const verbWidth = Math.max(0, ...rows.map(([verb]) => verb.length))
  const pathWidth = Math.max(0, ...rows.map(([, path]) => path.length))
  return rows.map(([verb, path, chain]) => `${verb.padEnd(verbWidth)}  ${path.padEnd(pathWidth)}  ${chain}`).join('\n')
}

function describeChain(route: Route): string {
  const input = route.operation?.input
  return [
    ...route.middleware.map(({ name }) => name),
    ...(input ? [`bind ${input.type.name}(${describeInput(input)})`] : []),
    route.name,
    route.app.formatter.name,
  ].join(' › ')
}

function describeInput(plan: InputPlan): string {
  return plan.fields.map((field) => `${field.source}.${field.name}: ${printType(field.type)}`).join(', ')
}
