import { E_CONFIG_APP } from '../../errors/catalogue/config.js'
import { didYouMean } from '../../errors/did-you-mean.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import type { ConfigNode } from '../tree/config-node.js'
import { childOf, namesIn, nameOf } from '../tree/find-node.js'

/**
 * Reports entries of a server that are a name and nothing else, and the name that of no app: a new app with all defaults would serve
 * every controller. Where there are no apps to refer to, it is a new one.
 * @param server  `shop.users`
 * @param layers  that the section is laid over, as far as they are files
 * @param inCode  names of apps that stand in code
 */
export function refuseUnknownApps(
  server: string,
  section: ConfigNode,
  layers: readonly ConfigNode[],
  inCode: readonly string[],
  problems: LokstraError[],
): void {
  const known = [...layers.flatMap((layer) => namesIn(childOf(layer, 'apps'))), ...inCode]
  const apps = childOf(section, 'apps')
  if (apps?.kind !== 'list' || known.length === 0) return
  for (const item of apps.items) {
    const app = nameOf(item)
    if (app === undefined || app.includes('${') || known.includes(app)) continue
    if (item.kind !== 'map' || item.entries.size > 1) continue
    const params = { server, app, hint: didYouMean(app, known), known: [...new Set(known)].join(', ') }
    problems.push(lokstraError(E_CONFIG_APP, params, item.entries.get('name')!.origin.value))
  }
}
