import { E_CONFIG_OVERRIDE } from '../../errors/catalogue/config.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import type { ConfigLayer } from './config-layer.js'
import type { ConfigMap, Origin } from '../tree/config-node.js'
import { formatPath, readPath, type ConfigPath } from '../tree/config-path.js'
import { childOf, namesIn, nameOf, nodeAt } from '../tree/find-node.js'
import { layAllOver } from '../tree/lay-over.js'
import { itemOfList, overrideTree, unknownName, type Target } from './override.js'

/**
 * The values that `--set apps.api.listen=:4000` sets, a later one over an earlier one. Keys are written as in a file; whether they are
 * known is found when the configuration is checked.
 * @param merged  the layers below, whose apps can be named
 * @param apps  names of apps that stand in code
 */
export async function readOptionsLayer(
  set: readonly string[],
  merged: ConfigMap,
  apps: readonly string[],
  problems: LokstraError[],
): Promise<ConfigLayer | undefined> {
  const trees: ConfigMap[] = []
  for (const text of set) {
    const { path: written, rest } = readPath(text)
    const source = `--set ${written.length > 0 ? formatPath(written) : text}`
    const origin: Origin = { key: source, value: source, isLiteral: true }
    const target = written.length > 0 && rest.startsWith('=') ? findTarget(written, merged, apps) : malformed
    if ('problem' in target) {
      problems.push(lokstraError(E_CONFIG_OVERRIDE, { source, ...target }, source))
      continue
    }
    const tree = await overrideTree(target.path, { text: rest.slice(1), source, place: source, origin }, problems)
    if (tree) trees.push(tree)
  }
  const [lowest, ...uppers] = trees
  return lowest && { name: 'options', root: layAllOver(lowest, uppers) }
}

const malformed: Target = {
  problem: 'it is not path=value',
  fix: 'Write --set path=value, such as --set apps.api.listen=:4000.',
}

/** Apps by name; items of other lists cannot be set one by one. */
function findTarget(path: ConfigPath, merged: ConfigMap, apps: readonly string[]): Target {
  const [section, step, ...below] = path
  if (section === 'deployments') return findUrl(path, merged)
  if (section !== 'apps' || step === undefined) return refuseItems(path)
  const configured = childOf(merged, 'apps')
  const item = typeof step === 'number' && configured ? childOf(configured, step) : undefined
  const names = [...new Set([...namesIn(configured), ...apps])]
  const name = item ? nameOf(item) : step
  if (typeof name === 'string' && names.includes(name)) return refuseItems(['apps', name, ...below])
  const fix = names.length > 0 ? `Name one of: ${names.join(', ')}.` : 'Describe the app in a file first.'
  return unknownName(`there is no app ${JSON.stringify(step)}`, String(step), names, fix)
}

/** Whether an option sets a value below `deployments`, which are read before all others. */
export function isOfDeployments(option: string): boolean {
  return readPath(option).path[0] === 'deployments'
}

/** Of a deployment only the addresses of its servers. */
function findUrl(path: ConfigPath, merged: ConfigMap): Target {
  const [, deployment, servers, server, key] = path
  if (path.length !== 5 || servers !== 'servers' || key !== 'url') {
    const problem = 'of a deployment only the addresses of its servers can be set'
    return {
      problem,
      fix: 'Set the value itself: it counts for every server. An address: deployments.shop.servers.users.url.',
    }
  }
  for (const [at, what] of [
    [1, 'deployment'],
    [3, 'server'],
  ] as const) {
    const around = nodeAt(merged, path.slice(0, at))
    const names = namesIn(around)
    const name = String(at === 1 ? deployment : server)
    if (names.includes(name)) continue
    const fix = names.length > 0 ? `Name one of: ${names.join(', ')}.` : 'Describe it in a file first.'
    return unknownName(`there is no ${what} ${JSON.stringify(name)}`, name, names, fix)
  }
  return { path }
}

function refuseItems(path: ConfigPath): Target {
  const index = path.findIndex((step) => typeof step === 'number')
  if (index < 0) return { path }
  if (index === 0) return malformed
  const list = path.slice(0, index)
  return itemOfList(list, `--set '${formatPath(list)}=[…]'`)
}
