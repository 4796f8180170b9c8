import type { ObjectPlan, ValueType } from '../../contract/input-plan.js'
import { readObjectPlan } from '../../contract/read-input-plan.js'
import type { ConfigPath } from '../tree/config-path.js'
import { ServerConfig } from './server-config.js'

/** The keys that the configuration classes know at a path, whether they are set or not. `apps` steps over one item. */
export function knownKeys(path: ConfigPath): readonly string[] {
  let plan: ObjectPlan | undefined = readObjectPlan(ServerConfig, [])
  for (const [depth, step] of path.entries()) {
    if (depth === 1 && path[0] === 'apps') continue
    const type: ValueType | undefined = plan.fields.find(({ name }) => name === step)?.type
    plan = type && planOf(type)
    if (!plan) return []
  }
  return plan.fields.map(({ name }) => name)
}

function planOf(type: ValueType): ObjectPlan | undefined {
  if (type.kind === 'object') return type.plan()
  return type.kind === 'array' ? planOf(type.element) : undefined
}
