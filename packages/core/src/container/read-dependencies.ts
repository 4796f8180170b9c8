import { constructorTypes, languageTypes, type Class } from '../decorators/metadata.js'
import { readInjects, readService } from '../decorators/service.js'
import {
  E_FACTORY_ASYNC,
  E_IMPORT_CYCLE,
  E_METADATA_MISSING,
  E_NOT_A_SERVICE,
  E_PARAMETER_TYPE,
} from '../errors/catalogue/container.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import type { ServiceDefinition, Token } from './service-definition.js'

/** What one constructor parameter or factory argument asks for. */
export interface Wanted {
  readonly token: Token
  readonly optional: boolean
  /** What errors call it: `parameter 1`. */
  readonly label: string
}

/** The tokens of a service's constructor parameters or factory arguments. */
export function readDependencies(definition: ServiceDefinition, problems: LokstraError[]): readonly Wanted[] {
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
