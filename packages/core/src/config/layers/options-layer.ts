import { E_CONFIG_OVERRIDE } from '../../errors/catalogue/config.js'
import { didYouMean } from '../../errors/did-you-mean.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import type { ConfigLayer } from './config-layer.js'
import { childOf, type ConfigNode, type Origin } from '../tree/config-node.js'
import { formatPath, readPath, type ConfigPath } from '../tree/config-path.js'
import { layOver, nameOf } from '../tree/lay-over.js'
import { branch, overrideValue } from './override-value.js'

/**
 * The values that `--set apps.api.listen=:4000` sets, a later one over an earlier one. Keys are written as in a file; whether they are
 * known is found when the configuration is checked.
 * @param merged  the layers below, whose apps can be named
 * @param apps  names of apps that stand in code
 */
export async function readOptionsLayer(
  set: readonly string[],
  merged: ConfigNode,
  apps: readonly string[],
  problems: LokstraError[],
): Promise<ConfigLayer | undefined> {
  let root: ConfigNode | undefined
  for (const text of set) {
    const { path: written, rest } = readPath(text)
    const source = `--set ${written.length > 0 ? formatPath(written) : text}`
    const origin: Origin = { key: source, value: source, isLiteral: true }
    const path = written.length > 0 && rest.startsWith('=') ? toNames(written, merged, apps) : malformed
    if ('problem' in path) {
      problems.push(lokstraError(E_CONFIG_OVERRIDE, { source, ...path }))
      continue
    }
    const tree = branch(path.path, await overrideValue(rest.slice(1), origin, source, problems), origin)
    root = root ? layOver(root, tree) : tree
  }
  return root && { name: 'options', root }
}

type Target = { readonly path: ConfigPath } | { readonly problem: string; readonly fix: string }

const malformed: Target = {
  problem: 'it is no path and value',
  fix: 'Write --set path=value, such as --set apps.api.listen=:4000.',
}

/** Apps by name; items of other lists cannot be set one by one. */
function toNames(path: ConfigPath, merged: ConfigNode, apps: readonly string[]): Target {
  const [section, step] = path
  if (section === 'deployments')
    return { problem: 'deployments are read before', fix: 'Set the value itself: it counts for every server.' }
  if (section === 'apps' && step !== undefined) {
    const list = childOf(merged, 'apps')
    const configured = list?.kind === 'list' ? list.items.map(nameOf) : []
    const names = [...new Set([...configured, ...apps])].filter((name) => name !== undefined)
    const name = typeof step === 'number' ? configured[step] : step
    if (name !== undefined && names.includes(name)) return checkSteps(['apps', name, ...path.slice(2)])
    const fix = names.length > 0 ? `Name one of: ${names.join(', ')}.` : 'Describe the app in a file first.'
    return {
      problem: `there is no app ${JSON.stringify(step)}.${didYouMean(String(step), names)}`.replace(/\.$/, ''),
      fix,
    }
  }
  return checkSteps(path)
}

function checkSteps(path: ConfigPath): Target {
  const index = path.findIndex((step) => typeof step === 'number')
  if (index < 0) return { path }
  const list = formatPath(path.slice(0, index))
  return { problem: `items of ${list} cannot be set one by one`, fix: `Set the whole list: --set '${list}=[…]'.` }
}
