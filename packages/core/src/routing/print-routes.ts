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

/** One route, for tools. */
export interface RouteSummary {
  readonly verb: string
  readonly path: string
  /** `TodoController.list`, or what a mount says of itself. */
  readonly handler: string
  /** Names, outermost first. */
  readonly middleware: readonly string[]
  /** For calls of other servers. */
  readonly isInternal: boolean
  /** Line of the configuration or of the code that placed it. */
  readonly where: string
}

/** The routes of one app. */
export interface AppRoutes {
  readonly app: string
  /** As configured. */
  readonly listen: string
  readonly routes: readonly RouteSummary[]
}

export function summarizeRoute({ verb, path, name, middleware, site, isInternal = false }: Route): RouteSummary {
  return { verb, path, handler: name, middleware: middleware.map((one) => one.name), isInternal, where: site }
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
