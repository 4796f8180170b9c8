import type { Operation } from '../contract/operation.js'
import { contractHash, sortedItems, sortedKeys } from './canonical.js'
import { contractVersion, type Contracts, type OperationContract, type ServiceContract } from './contract.js'
import { TypeDescriber } from './describe-types.js'

/**
 * What services promise, as plain JSON.
 * @param services  operations by name of the service, with the paths of class and method alone
 */
export function describeContracts(services: ReadonlyMap<string, readonly Operation[]>): Contracts {
  const described = [...services].map(([name, operations]) => [name, describeService(operations)] as const)
  return { version: contractVersion, services: sortedKeys(Object.fromEntries(described)) }
}

export function describeService(operations: readonly Operation[]): ServiceContract {
  const described = sortedKeys(Object.fromEntries(operations.map((one) => [one.method, describeOperation(one)])))
  return { hash: contractHash(described), operations: described }
}

/** Notes, time limits and middleware are no part of what is promised: they change nothing of how a call is written and read. */
function describeOperation(operation: Operation): OperationContract {
  const { verb, path, isIdempotent, input, output, errors } = operation
  const inputTypes = new TypeDescriber('input')
  const outputTypes = new TypeDescriber('output')
  const fields = input && inputTypes.describeInput(input)
  const type = output.type && outputTypes.describeType(output.type)
  const types = {
    ...(inputTypes.objects ? { input: inputTypes.objects } : {}),
    ...(outputTypes.objects ? { output: outputTypes.objects } : {}),
  }
  const contract = {
    verb,
    path,
    idempotent: isIdempotent,
    ...(fields ? { input: fields } : {}),
    output: {
      status: output.status,
      ...(type === undefined ? {} : { type }),
      ...(output.isStream ? { stream: true as const } : {}),
    },
    errors: sortedItems(errors.map(({ type: { name }, status, code }) => ({ type: name, status, code }))),
    ...(Object.keys(types).length > 0 ? { types } : {}),
  }
  return { hash: contractHash(contract), ...contract }
}

const hashes = new WeakMap<Operation, string>()

/** Equal in two servers exactly where the operation promises the same. Made when it is first asked for. */
export function contractHashOf(operation: Operation): string {
  let hash = hashes.get(operation)
  if (hash === undefined) hashes.set(operation, (hash = describeOperation(operation).hash))
  return hash
}
