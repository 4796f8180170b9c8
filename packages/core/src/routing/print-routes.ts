import type { InputPlan, ValueType } from '../contract/input-plan.js'
import type { Route } from './compile-route.js'

/** One line for each route: verb, path, then what runs, outermost first. */
export function printRoutes(routes: readonly Route[]): string {
  const rows = routes.map((route) => [route.verb, route.path, describeChain(route)] as const)
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
  return plan.fields.map((field) => `${field.source}.${field.name}: ${describeType(field.type)}`).join(', ')
}

function describeType(type: ValueType): string {
  switch (type.kind) {
    case 'array':
      return `${describeType(type.element)}[]`
    case 'set':
    case 'map':
      return `${type.kind} of ${describeType(type.element)}`
    case 'object':
      return type.plan().type.name
    case 'union':
      return [...type.variants.values()].map((plan) => plan().type.name).join(' | ')
    case 'enum':
      return type.values.join(' | ')
    default:
      return type.kind
  }
}
