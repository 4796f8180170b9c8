import { toPlain, type ConfigMap } from '../tree/config-node.js'

/** The names of the controllers that any app of any server serves, as they are written. */
export function controllersEverywhere(root: ConfigMap): ReadonlySet<string> {
  const names = new Set<string>()
  collect(toPlain(root), names)
  return names
}

/** Goes where apps and groups may stand, whatever else is wrong with them. */
function collect(value: unknown, names: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, names)
    return
  }
  if (typeof value !== 'object' || value === null) return
  const { apps, groups, deployments, servers, controllers, routes } = value as Record<string, unknown>
  for (const listed of [apps, groups, ...entriesOf(deployments), ...entriesOf(servers)]) collect(listed, names)
  for (const name of itemsOf(controllers)) if (typeof name === 'string') names.add(name)
  for (const route of itemsOf(routes)) {
    const { handler } = (route ?? {}) as { readonly handler?: unknown }
    if (typeof handler === 'string') names.add(handler.split('.', 1)[0]!)
  }
}

function entriesOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : []
}

/** A list of plain values may be one text. */
function itemsOf(value: unknown): readonly unknown[] {
  if (typeof value === 'string') return value.split(',').map((item) => item.trim())
  return Array.isArray(value) ? value : []
}
