import { Context } from '../context/context.js'
import { readHooks } from '../decorators/lifecycle.js'
import {
  E_HOOK_LIFETIME,
  E_MODULE_CAPABILITY,
  E_SERVICE_CIRCULAR,
  E_SERVICE_DUPLICATE,
} from '../errors/catalogue/container.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { captive, checkTransients } from './check-lifetimes.js'
import { chooseEarlier, chooseService } from './choose-service.js'
import { readDependencies, type Wanted } from './read-dependencies.js'
import { tokenName, type ServiceDefinition, type Token } from './service-definition.js'

/** What one constructor parameter or factory argument receives. */
export type Dependency =
  | { readonly kind: 'service'; readonly definition: ServiceDefinition }
  | { readonly kind: 'config' }
  | { readonly kind: 'context' }
  | { readonly kind: 'absent' }

export interface ServiceNode {
  readonly definition: ServiceDefinition
  readonly dependencies: readonly Dependency[]
}

export interface GraphOptions {
  /** Services that are needed whatever else is: controllers, middleware, eager ones. */
  readonly roots: readonly ServiceDefinition[]
  /** What a module's services may inject from outside the module; undefined for what is no module's. */
  readonly mayInject?: (module: string, token: Token, definition: ServiceDefinition) => boolean
  /** Advice for a token that nothing provides, such as the package that offers it. */
  readonly advice?: (token: Token) => string
}

/**
 * Works out what every needed service depends on, without constructing anything, and adds each mistake to `problems`.
 * @returns the needed services, each after all that it depends on
 */
export function buildServiceGraph(
  definitions: readonly ServiceDefinition[],
  options: GraphOptions,
  problems: LokstraError[],
): readonly ServiceNode[] {
  const { roots, mayInject, advice } = options
  const choice = { definitions, advice, problems }
  checkNames(definitions, problems)
  const nodes = new Map<ServiceDefinition, ServiceNode>()
  const path: ServiceDefinition[] = []
  const inCircle = new Set<ServiceDefinition>()

  const visit = (definition: ServiceDefinition): void => {
    const start = path.indexOf(definition)
    if (start >= 0) {
      reportCircle(path.slice(start), inCircle, problems)
      return
    }
    if (nodes.has(definition)) return
    path.push(definition)
    problems.push(...(definition.problems ?? []))
    checkHooks(definition, problems)
    const dependencies = readDependencies(definition, problems).map((wanted) => resolve(definition, wanted))
    for (const dependency of dependencies) if (dependency.kind === 'service') visit(dependency.definition)
    for (const after of definition.after ?? []) {
      const earlier = chooseEarlier(definition, after, choice)
      if (earlier) visit(earlier)
    }
    if (definition.boundary?.behind) visit(definition.boundary.behind)
    path.pop()
    nodes.set(definition, { definition, dependencies })
  }

  const resolve = (by: ServiceDefinition, wanted: Wanted): Dependency => {
    const { token } = wanted
    if (by.config && typeof token !== 'string' && by.config.constructor === token) return { kind: 'config' }
    if (token === Context) {
      if (by.lifetime === 'request') return { kind: 'context' }
      problems.push(captive(by, [...path.map(nameOf), 'Context']))
      return { kind: 'absent' }
    }
    const definition = chooseService(by, wanted, path, choice)
    if (!definition) return { kind: 'absent' }
    if (by.module && definition.module !== by.module && mayInject && !mayInject(by.module, token, definition)) {
      const wants = `injects ${tokenName(token)} into ${by.name}`
      const allowed = 'does not declare that it injects it'
      problems.push(lokstraError(E_MODULE_CAPABILITY, { module: by.module, wanted: wants, allowed }, by.where))
    }
    // Whether a boundary stands between them is decided by each server; what is right in one is right in all.
    const held = definition.boundary?.lifetime ?? definition.lifetime
    if (by.lifetime === 'singleton' && held === 'request') {
      problems.push(captive(by, [...path.map(nameOf), definition.name]))
    }
    return { kind: 'service', definition }
  }

  for (const root of roots) visit(root)
  // Along a circle of transients the search would never end; the circle itself is reported.
  if (inCircle.size === 0) checkTransients([...nodes.values()], problems)
  return [...nodes.values()]
}

function nameOf({ name }: ServiceDefinition): string {
  return name
}

function reportCircle(
  circle: readonly ServiceDefinition[],
  seen: Set<ServiceDefinition>,
  problems: LokstraError[],
): void {
  if (circle.some((definition) => seen.has(definition))) return
  for (const definition of circle) seen.add(definition)
  // Behind a boundary of a circle is the service of that name.
  const names = circle.filter(({ boundary }) => !boundary).map(nameOf)
  const path = [...names, names[0]!].join(' -> ')
  problems.push(
    lokstraError(
      E_SERVICE_CIRCULAR,
      { path },
      circle.flatMap(({ after = [], where }) => {
        const asked = after.filter(({ name }) => circle.some((other) => other.name === name))
        return asked.length > 0 ? asked.map((one) => one.where) : [where]
      }),
    ),
  )
}

function checkNames(definitions: readonly ServiceDefinition[], problems: LokstraError[]): void {
  const byName = new Map<string, ServiceDefinition>()
  for (const definition of definitions) {
    // It has the name of what it stands in for.
    if (definition.boundary) continue
    const first = byName.get(definition.name)
    if (!first) {
      byName.set(definition.name, definition)
      continue
    }
    const describe = (one: ServiceDefinition) => one.type?.name ?? `the service at ${one.where}`
    problems.push(
      lokstraError(
        E_SERVICE_DUPLICATE,
        { kind: 'service' as const, name: definition.name, first: describe(first), second: describe(definition) },
        [definition.where, first.where],
      ),
    )
  }
}

function checkHooks(definition: ServiceDefinition, problems: LokstraError[]): void {
  if (!definition.type || definition.lifetime === 'singleton') return
  for (const hook of readHooks(definition.type)) {
    const params = { hook: `${definition.name}.${hook.method}`, lifetime: definition.lifetime }
    problems.push(lokstraError(E_HOOK_LIFETIME, params, hook.site))
  }
}
