import { createServer, Route, type Class, type Operation, type ValueType } from '@lokstra/core'

import { problemsOf } from '../../helpers/boot-problems.js'

/** The contracts of controllers, as a server reads them. */
export async function operationsOf(...controllers: Class[]): Promise<readonly Operation[]> {
  const apps = await createServer({ apps: [{ controllers }] }).operations()
  return apps.flatMap(({ operations }) => operations)
}

export async function operationOf(controller: Class): Promise<Operation> {
  const [operation] = await operationsOf(controller)
  return operation!
}

/** `CODE what` of each problem with the controllers. */
export async function mistakesOf(...controllers: Class[]): Promise<readonly string[]> {
  const problems = await problemsOf({ apps: [{ controllers }] })
  return problems.map(({ code, problem }) => `${code} ${problem}`)
}

/** `{ id: 'number', tags: 'string[]' }` of a class, with nested classes as objects. */
export function shapeOf(type: ValueType): unknown {
  switch (type.kind) {
    case 'object':
      return Object.fromEntries(type.plan().fields.map((field) => [field.name, shapeOf(field.type)]))
    case 'array':
    case 'set':
    case 'map':
      return { [type.kind]: shapeOf(type.element) }
    case 'union':
      return Object.fromEntries(
        [...type.variants].map(([name, plan]) => [`${type.discriminator} ${name}`, shapeOf({ kind: 'object', plan })]),
      )
    case 'enum':
      return type.values
    default:
      return type.kind
  }
}

/** A class as a controller below `/`, for decorators that are applied by hand. */
export function routed<C extends Class>(type: C): C {
  Route()(type)
  return type
}
