import { callVerb } from '../contract/operation.js'
import { TypeComparison } from './compare-types.js'
import { ChangeLog, type ContractChange } from './contract-change.js'
import type { Contracts, ErrorContract, OperationContract, OutputContract, ServiceContract } from './contract.js'

/**
 * What differs between the contracts that a consumer was compiled with and those of a provider, from the consumer's side: a change
 * is breaking when a call of the consumer may fail by it, or its answer be misread.
 * @returns in the order of the services and operations; empty where nothing differs but names of classes
 */
export function compareContracts(consumer: Contracts, provider: Contracts): readonly ContractChange[] {
  const changes: ContractChange[] = []
  for (const [name, was] of Object.entries(consumer.services)) {
    const is = own(provider.services, name)
    if (is) changes.push(...compareServices(name, was, is))
    else changes.push(...told(name, (log) => log.breaking('service-removed', undefined, 'is gone')))
  }
  for (const name of Object.keys(provider.services)) {
    if (own(consumer.services, name)) continue
    changes.push(...told(name, (log) => log.compatible('service-added', undefined, 'is new')))
  }
  return changes
}

/** @param service  its name */
export function compareServices(
  service: string,
  consumer: ServiceContract,
  provider: ServiceContract,
): readonly ContractChange[] {
  const changes: ContractChange[] = []
  for (const [method, was] of Object.entries(consumer.operations)) {
    const is = own(provider.operations, method)
    const log = new ChangeLog(service, method)
    if (is) compareOperations(was, is, log)
    else log.breaking('operation-removed', undefined, 'is gone')
    changes.push(...log.changes)
  }
  for (const method of Object.keys(provider.operations)) {
    if (own(consumer.operations, method)) continue
    const log = new ChangeLog(service, method)
    log.compatible('operation-added', undefined, 'is new')
    changes.push(...log.changes)
  }
  return changes
}

function compareOperations(was: OperationContract, is: OperationContract, log: ChangeLog): void {
  if (was.verb !== is.verb) {
    const isSame = callVerb(was.verb) === callVerb(is.verb)
    log.add('verb-changed', undefined, `${was.verb} became ${is.verb}`, !isSame)
  }
  if (was.path !== is.path) {
    log.compatible('path-changed', undefined, `${was.path} became ${is.path}, and calls go by the name of the method`)
  }
  if (was.idempotent && !is.idempotent) {
    log.breaking('idempotency-changed', undefined, 'is not idempotent any more, and consumers repeat it')
  } else if (!was.idempotent && is.idempotent) log.compatible('idempotency-changed', undefined, 'is idempotent now')
  const inputs = new TypeComparison('input', was.types?.input, is.types?.input, log)
  inputs.compareInputs(was.input ?? {}, is.input ?? {})
  const outputs = new TypeComparison('output', was.types?.output, is.types?.output, log)
  compareOutputs(was.output, is.output, outputs, log)
  compareErrors(was.errors, is.errors, log)
}

function compareOutputs(was: OutputContract, is: OutputContract, types: TypeComparison, log: ChangeLog): void {
  if (was.status !== is.status) log.compatible('status-changed', 'output', `${was.status} became ${is.status}`)
  if (was.stream !== is.stream) {
    log.breaking('stream-changed', 'output', is.stream ? 'is a stream, and was not' : 'is no stream any more')
  } else if (was.type !== undefined && is.type !== undefined) types.compareType(was.type, is.type)
  else if (was.type !== undefined)
    log.breaking('type-changed', 'output', is.stream ? 'gives bytes, gave items' : 'is gone')
  else if (is.type !== undefined) {
    // Whoever reads bytes would take the lines of the items for them; of what answered with nothing nothing is read.
    log.add('type-changed', 'output', is.stream ? 'gives items, gave bytes' : 'is new', is.stream === true)
  }
}

/** An error that the consumer does not know reaches it as one of a failed call. */
function compareErrors(was: readonly ErrorContract[], is: readonly ErrorContract[], log: ChangeLog): void {
  for (const { type, status, code } of was) {
    const path = `errors.${type}`
    const now = is.find((other) => other.type === type)
    if (!now) log.breaking('error-removed', path, 'is gone')
    if (now && now.code !== code) log.breaking('error-changed', path, `code ${code} became ${now.code}`)
    if (now && now.status !== status) log.breaking('error-changed', path, `status ${status} became ${now.status}`)
  }
  for (const { type } of is) {
    if (was.some((other) => other.type === type)) continue
    log.compatible('error-added', `errors.${type}`, 'is new: the consumer meets it as a failed call')
  }
}

function told(service: string, tell: (log: ChangeLog) => void): readonly ContractChange[] {
  const log = new ChangeLog(service)
  tell(log)
  return log.changes
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
