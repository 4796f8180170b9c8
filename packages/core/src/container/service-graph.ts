import { constructorTypes, type Class, languageTypes } from '../decorators/metadata.js'
import { misusesOf } from '../decorators/misuse.js'
import { readInjects, readService, type Lifetime } from '../decorators/service.js'
import { readHooks } from '../decorators/lifecycle.js'
import {
  E_FACTORY_ASYNC,
  E_HOOK_LIFETIME,
  E_IMPORT_CYCLE,
  E_METADATA_MISSING,
  E_MODULE_CAPABILITY,
  E_NOT_A_SERVICE,
  E_PARAMETER_TYPE,
  E_SERVICE_AMBIGUOUS,
  E_SERVICE_CAPTIVE,
  E_SERVICE_CIRCULAR,
  E_SERVICE_DUPLICATE,
  E_SERVICE_MISSING,
  E_SERVICE_ORDER,
} from '../errors/catalogue/container.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { Context } from '../context/context.js'
import { satisfies, tokenName, type ServiceDefinition, type StartsAfter, type Token } from './service-definition.js'

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

interface Wanted {
  readonly token: Token
  readonly optional: boolean
  readonly label: string
}

const lifetimeRank: Record<Lifetime, number> = { singleton: 2, request: 1, transient: 0 }

/**
 * Works out what every needed service depends on, without constructing anything, and adds each mistake to `problems`.
 * @returns the needed services, each after all that it depends on
 */
export function buildServiceGraph(
  definitions: readonly ServiceDefinition[],
  options: GraphOptions,
  problems: LokstraError[],
): readonly ServiceNode[] {
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
    const dependencies = readWanted(definition, problems).map((wanted) => resolve(definition, wanted))
    for (const dependency of dependencies) if (dependency.kind === 'service') visit(dependency.definition)
    for (const after of definition.after ?? []) {
      const earlier = chooseEarlier(definitions, definition, after, problems)
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
      problems.push(captive(by, by.lifetime, 'Context', 'request', [...path.map(label), 'Context']))
      return { kind: 'absent' }
    }
    const definition = choose(definitions, by, wanted, path, options, problems)
    if (!definition) return { kind: 'absent' }
    if (
      by.module &&
      definition.module !== by.module &&
      options.mayInject &&
      !options.mayInject(by.module, token, definition)
    ) {
      const wants = `injects ${tokenName(token)} into ${by.name}`
      const allowed = 'does not declare that it injects it'
      problems.push(lokstraError(E_MODULE_CAPABILITY, { module: by.module, wanted: wants, allowed }, by.where))
    }
    // Whether a boundary stands between them is decided by each server; what is right in one is right in all.
    const held = definition.boundary?.lifetime ?? definition.lifetime
    if (lifetimeRank[by.lifetime] > lifetimeRank[held] && held === 'request') {
      problems.push(captive(by, by.lifetime, definition.name, held, [...path.map(label), definition.name]))
    }
    return { kind: 'service', definition }
  }

  for (const root of options.roots) visit(root)
  // Along a circle of transients the search would never end; the circle itself is reported.
  if (inCircle.size === 0) checkTransients([...nodes.values()], problems)
  return [...nodes.values()]
}

function label(definition: ServiceDefinition): string {
  return definition.name
}

function captive(
  by: ServiceDefinition,
  holderLifetime: Lifetime,
  held: string,
  heldLifetime: Lifetime,
  path: readonly string[],
): LokstraError {
  return lokstraError(
    E_SERVICE_CAPTIVE,
    { holder: by.name, holderLifetime, held, heldLifetime, path: path.join(' -> ') },
    by.where,
  )
}

/** A singleton may hold a transient, but not one that itself holds something of a request. */
function checkTransients(nodes: readonly ServiceNode[], problems: LokstraError[]): void {
  const byDefinition = new Map(nodes.map((node) => [node.definition, node]))
  const findRequestScoped = (node: ServiceNode, path: string[]): string[] | undefined => {
    for (const dependency of node.dependencies) {
      if (dependency.kind !== 'service') continue
      const next = [...path, dependency.definition.name]
      if (dependency.definition.lifetime === 'request') return next
      if (dependency.definition.lifetime !== 'transient') continue
      const found = findRequestScoped(byDefinition.get(dependency.definition)!, next)
      if (found) return found
    }
    return undefined
  }
  for (const node of nodes) {
    if (node.definition.lifetime !== 'singleton') continue
    for (const dependency of node.dependencies) {
      if (dependency.kind !== 'service' || dependency.definition.lifetime !== 'transient') continue
      const path = findRequestScoped(byDefinition.get(dependency.definition)!, [
        node.definition.name,
        dependency.definition.name,
      ])
      if (path) problems.push(captive(node.definition, 'singleton', path.at(-1)!, 'request', path))
    }
  }
}

function reportCircle(
  circle: readonly ServiceDefinition[],
  seen: Set<ServiceDefinition>,
  problems: LokstraError[],
): void {
  if (circle.some((definition) => seen.has(definition))) return
  for (const definition of circle) seen.add(definition)
  const path = [...circle, circle[0]!].map(label).join(' -> ')
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

/** The service that another one is to start after. */
function chooseEarlier(
  definitions: readonly ServiceDefinition[],
  { name }: ServiceDefinition,
  { name: target, where }: StartsAfter,
  problems: LokstraError[],
): ServiceDefinition | undefined {
  const found = definitions.find((definition) => definition.name === target)
  if (found?.lifetime === 'singleton') return found
  const hint = found ? '' : didYouMean(target, definitions.map(label))
  const reason = found ? `which lives as ${found.lifetime} and does not start with the server` : 'which does not exist'
  problems.push(lokstraError(E_SERVICE_ORDER, { name, target, reason, hint }, where, { isNearMiss: hint !== '' }))
  return undefined
}

/** Services that a token may mean. One candidate is injected; several are ambiguous. */
export interface Candidates {
  readonly candidates: readonly ServiceDefinition[]
  /** Services of subclasses, where the class itself is a service. */
  readonly passedOver: readonly ServiceDefinition[]
}

export function findCandidates(definitions: readonly ServiceDefinition[], token: Token): Candidates {
  const behind = new Set(definitions.flatMap(({ boundary }) => boundary?.behind ?? []))
  const fitting = definitions.filter((definition) => satisfies(definition, token) && !behind.has(definition))
  // The class itself goes before its subclasses: they are other services, unless the class is not registered.
  const exact = fitting.filter(
    (definition) => definition.type === token || definition.provides.includes(token as Class),
  )
  if (exact.length === 0) return { candidates: fitting, passedOver: [] }
  return { candidates: exact, passedOver: fitting.filter((definition) => !exact.includes(definition)) }
}

function choose(
  definitions: readonly ServiceDefinition[],
  by: ServiceDefinition,
  wanted: Wanted,
  path: readonly ServiceDefinition[],
  options: GraphOptions,
  problems: LokstraError[],
): ServiceDefinition | undefined {
  const { token } = wanted
  const { candidates } = findCandidates(definitions, token)
  if (candidates.length === 1) return candidates[0]
  const who = `${by.name} (${wanted.label})`
  if (candidates.length > 1) {
    const names = candidates.map(label).join(', ')
    problems.push(lokstraError(E_SERVICE_AMBIGUOUS, { needed: tokenName(token), by: who, names }, by.where))
    return undefined
  }
  if (wanted.optional) return undefined
  const misuses = typeof token === 'string' ? [] : misusesOf(token)
  if (misuses.length > 0) {
    problems.push(...misuses)
    return undefined
  }
  const chain = [...path.map(label), `${tokenName(token)}?`].join(' -> ')
  const advice = options.advice?.(token) ?? ''
  // A class is no slip of the pen: one of a similar name is another class.
  const hint = typeof token === 'string' ? didYouMean(token, definitions.map(label)) : ''
  problems.push(
    lokstraError(E_SERVICE_MISSING, { needed: tokenName(token), by: who, path: chain, advice, hint }, by.where),
  )
  return undefined
}

/** The tokens of a service's constructor parameters or factory arguments. */
function readWanted(definition: ServiceDefinition, problems: LokstraError[]): readonly Wanted[] {
  const { type, where } = definition
  if (definition.value) return []
  if (definition.create) {
    const cannotBeAwaited = definition.lifetime !== 'singleton' && isAsyncFunction(definition.create)
    if (cannotBeAwaited)
      problems.push(lokstraError(E_FACTORY_ASYNC, { name: definition.name, lifetime: definition.lifetime }, where))
    return (definition.inject ?? []).map((token, index) => ({ token, optional: false, label: `argument ${index + 1}` }))
  }
  if (!type) return []
  const declaring = findDeclaringClass(type)
  if (declaring.length === 0) return []
  const injects = readInjects(declaring)
  const types = constructorTypes(declaring)
  if (types === undefined && injects.size < declaring.length) {
    const unmarked = readService(declaring) === undefined && !hasClassDecorator(declaring)
    problems.push(
      unmarked
        ? lokstraError(E_NOT_A_SERVICE, { name: declaring.name }, where)
        : lokstraError(E_METADATA_MISSING, { what: `The constructor of ${declaring.name}` }, where),
    )
    return []
  }
  const count = Math.max(types?.length ?? 0, declaring.length)
  return Array.from({ length: count }, (_, index): Wanted | undefined => {
    const inject = injects.get(index)
    const label = `parameter ${index + 1}`
    if (inject) {
      if (inject.token !== undefined) return { token: inject.token, optional: inject.optional, label }
      problems.push(
        lokstraError(
          E_IMPORT_CYCLE,
          { what: `@Inject of parameter ${index + 1} of ${declaring.name} has no token` },
          inject.site,
        ),
      )
      return undefined
    }
    const wanted = types?.[index]
    const what = `Parameter ${index + 1} of ${declaring.name}`
    if (wanted === undefined) {
      problems.push(lokstraError(E_IMPORT_CYCLE, { what: `${what} has no type` }, where))
      return undefined
    }
    if (typeof wanted !== 'function' || languageTypes.has(wanted)) {
      const name = typeof wanted === 'function' ? wanted.name : String(wanted)
      problems.push(lokstraError(E_PARAMETER_TYPE, { what, type: name }, where))
      return undefined
    }
    return { token: wanted as Class, optional: false, label }
  }).filter((wanted) => wanted !== undefined)
}

/** A subclass without a constructor of its own takes its ancestor's parameters. */
function findDeclaringClass(type: Class): Class {
  let declaring = type
  // A class without parameters and with none of its own metadata inherits its constructor, if its parent is a class at all.
  while (declaring.length === 0 && constructorTypes(declaring) === undefined) {
    const parent = Reflect.getPrototypeOf(declaring) as Class | null
    if (!parent || parent === Function.prototype) break
    declaring = parent
  }
  return declaring
}

function isAsyncFunction(create: object): boolean {
  return Object.prototype.toString.call(create) === '[object AsyncFunction]'
}

function hasClassDecorator(type: Class): boolean {
  return Reflect.getOwnMetadataKeys(type).length > 0
}
