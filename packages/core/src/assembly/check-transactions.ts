import type { ServiceDefinition } from '../container/service-definition.js'
import type { ServiceNode } from '../container/service-graph.js'
import type { Class } from '../decorators/metadata.js'
import {
  E_TRANSACTION_DATABASE,
  E_TRANSACTION_NO_DATABASE,
  E_TRANSACTIONAL_CLASS,
} from '../errors/catalogue/transactions.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { isTransactional } from '../transactions/transactional-resource.js'
import { readTransactionals } from '../transactions/transactional.js'
import type { Registry } from './registry.js'

/** Finds `@Transactional` methods that no transaction would ever begin for. */
export function checkTransactions(registry: Registry, nodes: readonly ServiceNode[]): void {
  const { problems, definitions, exported, controllers, doubts } = registry
  const known = [...definitions.flatMap(({ type }) => type ?? []), ...controllers.values()]
  for (const type of exported.values()) {
    const [first] = readTransactionals(type)
    if (!first || known.some((one) => one === type || one.prototype instanceof type)) continue
    problems.push(lokstraError(E_TRANSACTIONAL_CLASS, { name: type.name, method: first.method }, first.site))
  }
  // A database may be among what is missing because of other mistakes.
  if (problems.length > 0 || doubts.size > 0) return
  const databases = nodes.flatMap(({ definition }) => (isDatabase(definition) ? definition.name : []))
  const checked = new Set<unknown>()
  for (const { type } of nodes.map(({ definition }) => definition)) {
    if (!type || checked.has(type)) continue
    checked.add(type)
    for (const { method: name, options, site } of readTransactionals(type)) {
      const method = `${type.name}.${name}`
      const { database } = options
      if (databases.length === 0) problems.push(lokstraError(E_TRANSACTION_NO_DATABASE, { method }, site))
      else if (database !== undefined && !databases.includes(database)) {
        const params = { method, database, known: databases.join(', '), hint: didYouMean(database, databases) }
        problems.push(lokstraError(E_TRANSACTION_DATABASE, params, site))
      }
    }
  }
}

function isDatabase({ type, value, provides }: ServiceDefinition): boolean {
  const prototypes = [type, ...provides].map((one) => (one as Class | undefined)?.prototype as object | undefined)
  return [value, ...prototypes].some(isTransactional)
}
