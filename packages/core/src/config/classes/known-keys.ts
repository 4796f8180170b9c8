import type { ValueType } from '../../contract/value-type.js'
import { readObjectPlan } from '../../contract/read-input-plan.js'
import type { ConfigPath } from '../tree/config-path.js'
import { ServerConfig } from './server-config.js'

/** The keys that the configuration classes know at a path, whether they are set or not. A step below a list names one of its items. */
export function knownKeys(path: ConfigPath): readonly string[] {
  let type: ValueType | undefined = { kind: 'object', plan: () => readObjectPlan(ServerConfig, []) }
  for (const step of path) type = type && below(type, step)
  return type?.kind === 'object' ? type.plan().fields.map(({ name }) => name) : []
}

function below(type: ValueType, step: string | number): ValueType | undefined {
  if (type.kind === 'array') return type.element
  return type.kind === 'object' ? type.plan().fields.find(({ name }) => name === step)?.type : undefined
}
