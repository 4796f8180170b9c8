import { satisfies, type ServiceDefinition, type Token } from '../container/service-definition.js'
import { findCandidates } from '../container/choose-service.js'
import type { Dependency, ServiceNode } from '../container/service-graph.js'
import type { AbstractClass } from '../decorators/metadata.js'
import type { Lifetime } from '../decorators/service.js'
import { E_INJECTION_UNKNOWN } from '../errors/catalogue/container.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { lokstraError } from '../errors/lokstra-error.js'
import type { Assembly } from './assemble.js'

/** A service, for tools. */
export interface InjectedService {
  readonly name: string
  readonly lifetime: Lifetime
  /** How it is called where it is published or external; undefined where the object itself is injected. */
  readonly boundary: 'checked' | 'remote' | undefined
  /** In words, such as `server users of shop`; undefined without a boundary. */
  readonly runsOn: string | undefined
  /** What makes it: the name of its class; undefined for a factory or a given value. */
  readonly class: string | undefined
  /** Module that brought it. */
  readonly module: string | undefined
  /** `file:line` of its declaration. */
  readonly where: string
  /** `file:line` of the entry that configures it; undefined where none does. */
  readonly configuredAt: string | undefined
}

/** A service that a token could mean. */
export interface InjectionCandidate extends InjectedService {
  /** Why it is injected or not. */
  readonly reason: string
}

/** A service with all that it injects. */
export interface InjectionTree extends InjectedService {
  /** In the order of its parameters. One that stands further up already is not followed again: `isRepeated`. */
  readonly dependencies: readonly InjectionTree[]
  readonly isRepeated: boolean
}

/** What injecting a token gives. */
export interface InjectionExplanation {
  /** As asked for. */
  readonly token: string
  /** What is injected; undefined when several services could be meant. */
  readonly service: InjectionTree | undefined
  /** All that the token could mean, the chosen one first. */
  readonly candidates: readonly InjectionCandidate[]
  /** Whether anything needs the service: else it is not constructed. */
  readonly isUsed: boolean
  /** Services that inject it. */
  readonly injectedBy: readonly InjectedService[]
  /** Names of the singletons in the order of their start up to this one; empty when it is none, or not used. */
  readonly startOrder: readonly string[]
  /** What one service gets for it; undefined when none was asked about. */
  readonly into:
    | (InjectedService & {
        /** Number of the parameter, the first is 1; undefined where it does not inject the token. */
        readonly parameter: number | undefined
      })
    | undefined
}

/**
 * @param text  name of a service or of a class
 * @throws E_INJECTION_UNKNOWN
 */
export function explainInjection(
  { definitions, nodes }: Assembly,
  text: string,
  into: string | undefined,
): InjectionExplanation {
  const token = findToken(definitions, text)
  const { candidates, passedOver } = findCandidates(definitions, token)
  const chosen = candidates.length === 1 ? candidates[0] : undefined
  const byDefinition = new Map(nodes.map((node) => [node.definition, node]))
  const injectors = nodes.filter(({ dependencies }) => dependencies.some((one) => isOf(one, chosen)))
  return {
    token: text,
    service: chosen && treeOf(chosen, byDefinition, new Set()),
    candidates: [
      ...candidates.map((one) => ({ ...summarize(one), reason: reasonFor(one, token, candidates) })),
      ...passedOver.map((one) => ({
        ...summarize(one),
        reason: `it is a subclass, and ${text} is a service itself`,
      })),
    ],
    isUsed: chosen !== undefined && byDefinition.has(chosen),
    injectedBy: injectors.map(({ definition }) => summarize(definition)),
    startOrder: startOrderOf(chosen, nodes),
    into: into === undefined ? undefined : explainInto(into, token, definitions, byDefinition),
  }
}

/** A class goes before a name: a service is called like its class unless it is given another name. */
function findToken(definitions: readonly ServiceDefinition[], text: string): Token {
  const classes = definitions.flatMap(({ type, provides, value }) => [
    ...[...(type ? [type] : []), ...provides].flatMap(ancestors),
    ...(value && provides.length === 0 ? ancestors(value.constructor as AbstractClass) : []),
  ])
  const named = classes.find(({ name }) => name === text)
  if (named) return named
  if (definitions.some(({ name }) => name === text)) return text
  const names = [...definitions, ...classes].map(({ name }) => name)
  throw lokstraError(E_INJECTION_UNKNOWN, { name: text, hint: didYouMean(text, names) })
}

/** A class, and what it extends. */
function ancestors(type: AbstractClass): readonly AbstractClass[] {
  const parent = Reflect.getPrototypeOf(type) as AbstractClass | null
  return !parent || parent === Function.prototype ? [type] : [type, ...ancestors(parent)]
}

function reasonFor(one: ServiceDefinition, token: Token, candidates: readonly ServiceDefinition[]): string {
  if (candidates.length > 1) {
    const names = candidates.map(({ name }) => name).join(', ')
    return `${names} could be meant: only @Inject('${one.name}') gives this one`
  }
  if (typeof token === 'string') return 'it has this name'
  if (one.type === token || one.boundary?.type === token) return 'it is this class'
  return one.provides.includes(token) ? 'it provides this class' : 'it is the only service that extends this class'
}

function treeOf(
  definition: ServiceDefinition,
  nodes: ReadonlyMap<ServiceDefinition, ServiceNode>,
  shown: Set<ServiceDefinition>,
): InjectionTree {
  const isRepeated = shown.has(definition)
  shown.add(definition)
  const injected = isRepeated ? [] : (nodes.get(definition)?.dependencies ?? [])
  const dependencies = injected.flatMap((one) => (one.kind === 'service' ? [treeOf(one.definition, nodes, shown)] : []))
  return { ...summarize(definition), dependencies, isRepeated }
}

function startOrderOf(chosen: ServiceDefinition | undefined, nodes: readonly ServiceNode[]): readonly string[] {
  const singletons = nodes.filter(({ definition: { lifetime, value } }) => lifetime === 'singleton' && !value)
  const index = singletons.findIndex(({ definition }) => definition === chosen)
  return singletons.slice(0, index + 1).map(({ definition }) => definition.name)
}

function explainInto(
  into: string,
  token: Token,
  definitions: readonly ServiceDefinition[],
  nodes: ReadonlyMap<ServiceDefinition, ServiceNode>,
): InjectionExplanation['into'] {
  const definition = definitions.find(({ name, type }) => name === into || type?.name === into)
  if (!definition) {
    const names = definitions.flatMap(({ name, type }) => [name, ...(type ? [type.name] : [])])
    throw lokstraError(E_INJECTION_UNKNOWN, { name: into, hint: didYouMean(into, names) })
  }
  const dependencies = nodes.get(definition)?.dependencies ?? []
  const index = dependencies.findIndex((one) => one.kind === 'service' && satisfies(one.definition, token))
  return { ...summarize(definition), parameter: index < 0 ? undefined : index + 1 }
}

function isOf(dependency: Dependency, definition: ServiceDefinition | undefined): boolean {
  return dependency.kind === 'service' && dependency.definition === definition
}

function summarize(definition: ServiceDefinition): InjectedService {
  const { name, lifetime, boundary, type = boundary?.type, module, where, configuredAt } = definition
  return {
    name,
    lifetime: boundary?.lifetime ?? lifetime,
    boundary: boundary?.mode,
    runsOn: boundary?.runsOn,
    class: type?.name,
    module,
    where,
    configuredAt: configuredAt === where ? undefined : configuredAt,
  }
}
