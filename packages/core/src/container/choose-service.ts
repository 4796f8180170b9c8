import type { Class } from '../decorators/metadata.js'
import { misusesOf } from '../decorators/misuse.js'
import { E_SERVICE_AMBIGUOUS, E_SERVICE_MISSING, E_SERVICE_ORDER } from '../errors/catalogue/container.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import type { Wanted } from './read-dependencies.js'
import { satisfies, tokenName, type ServiceDefinition, type StartsAfter, type Token } from './service-definition.js'

/** What there is to choose from. */
export interface Choice {
  readonly definitions: readonly ServiceDefinition[]
  /** Advice for a token that nothing provides, such as the package that offers it. */
  readonly advice?: ((token: Token) => string) | undefined
  /** Receives E_SERVICE_MISSING, E_SERVICE_AMBIGUOUS, E_SERVICE_ORDER, and the misuses of decorators that are the reason. */
  readonly problems: LokstraError[]
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

/**
 * The service that is injected for a token; undefined where none is, which is reported unless it is optional.
 * @param path  from what is needed whatever else is to `by`
 */
export function chooseService(
  by: ServiceDefinition,
  wanted: Wanted,
  path: readonly ServiceDefinition[],
  { definitions, advice: adviceFor, problems }: Choice,
): ServiceDefinition | undefined {
  const { token } = wanted
  const { candidates } = findCandidates(definitions, token)
  if (candidates.length === 1) return candidates[0]
  const who = `${by.name} (${wanted.label})`
  if (candidates.length > 1) {
    const names = candidates.map(({ name }) => name).join(', ')
    problems.push(lokstraError(E_SERVICE_AMBIGUOUS, { needed: tokenName(token), by: who, names }, by.where))
    return undefined
  }
  if (wanted.optional) return undefined
  const misuses = typeof token === 'string' ? [] : misusesOf(token)
  if (misuses.length > 0) {
    problems.push(...misuses)
    return undefined
  }
  const chain = [...path.map(({ name }) => name), `${tokenName(token)}?`].join(' -> ')
  const advice = adviceFor?.(token) ?? ''
  // A class is no slip of the pen: one of a similar name is another class.
  const hint =
    typeof token === 'string'
      ? didYouMean(
          token,
          definitions.map(({ name }) => name),
        )
      : ''
  problems.push(
    lokstraError(E_SERVICE_MISSING, { needed: tokenName(token), by: who, path: chain, advice, hint }, by.where),
  )
  return undefined
}

/** The service that another one is to start after. */
export function chooseEarlier(
  { name }: ServiceDefinition,
  { name: target, where }: StartsAfter,
  { definitions, problems }: Choice,
): ServiceDefinition | undefined {
  const found = definitions.find((definition) => definition.name === target)
  if (found?.lifetime === 'singleton') return found
  const hint = found
    ? ''
    : didYouMean(
        target,
        definitions.map((definition) => definition.name),
      )
  const reason = found ? `which lives as ${found.lifetime} and does not start with the server` : 'which does not exist'
  problems.push(lokstraError(E_SERVICE_ORDER, { name, target, reason, hint }, where, { isNearMiss: hint !== '' }))
  return undefined
}
