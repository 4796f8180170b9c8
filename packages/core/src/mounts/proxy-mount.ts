import { Agent, request, type ClientRequest, type OutgoingHttpHeaders } from 'node:http'
import { Agent as TlsAgent, request as requestSecurely } from 'node:https'
import { resolve } from 'node:path'

import { hasBody } from '../binding/read-body.js'
import type { Context } from '../context/context.js'
import { BadGatewayError, HttpError } from '../errors/http-error.js'
import { UpgradeResponse } from '../response/upgrade-response.js'
import { normalizePrefix } from './mount-path.js'
import type { Mount } from './mount.js'
import { listNetworks } from './networks.js'
import { readAuthority } from './proxy-authority.js'
import { ProxyCall, type ProxyLimits } from './proxy-call.js'
import type { ProxyMountConfig } from './proxy-config.js'
import { hopsBehind, isPlainlyChunked, proxyRequestHeaders, type ForwardRules } from './proxy-headers.js'
import { proxyPath, type PathRules } from './proxy-path.js'
import { parseTarget, toOwnLocation } from './proxy-target.js'

/** How long a connection to the other server is kept unused, in milliseconds: less than Node, nginx and others keep theirs. */
const keptMs = 4_000
/** A request that came this way so often is going in circles. */
const maxHops = 10

/**
 * Passes requests on to another server, over connections that are kept, and its answers back.
 * @param folder  what a relative `ca` starts at
 * @throws E_MOUNT_AUTHORITY
 */
export async function createProxyMount(config: ProxyMountConfig, folder: string): Promise<Mount> {
  const target = parseTarget(config.target)
  const { isSecure, base } = target
  const ca = config.ca === undefined ? undefined : await readAuthority(resolve(folder, config.ca), target)
  const connection = ca ? { ...target.connection, ca } : target.connection
  const pool = { keepAlive: true, maxSockets: config.connections || Infinity, timeout: keptMs }
  const agent = isSecure ? new TlsAgent(pool) : new Agent(pool)
  const send = isSecure ? requestSecurely : request
  const paths: PathRules = { base, stripPrefix: config.stripPrefix, rewrite: config.rewrite }
  const rules: ForwardRules = {
    host: config.preserveHost ? undefined : target.host,
    add: config.headers.add,
    remove: new Set(config.headers.remove.map((name) => name.toLowerCase())),
    trusted: listNetworks(config.trust),
  }
  const limits = {
    timeoutMs: config.timeout,
    connectTimeoutMs: config.connectTimeout,
    idleTimeoutMs: config.idleTimeout,
  }
  return {
    prefix: normalizePrefix(config.prefix),
    description: `proxy ${config.target}`,
    verb: 'ALL',
    // It has limits of its own, which a long upload or a slow stream does not break.
    handlerTimeoutMs: 0,
    upgrades: config.websocket,
    continues: true,
    handle: (ctx) => {
      if (hopsBehind(ctx.headers) >= maxHops) {
        throw new BadGatewayError('The request goes in circles', { code: 'UPSTREAM_LOOP' })
      }
      if (!isPlainlyChunked(ctx.headers)) throw new HttpError(501, 'The transfer coding is not supported')
      const prefix = withoutWildcard(ctx.route.path)
      const path = proxyPath(ctx.path, prefix, paths) + (ctx.search === '' ? '' : `?${ctx.search}`)
      const isUpgrade = ctx.res instanceof UpgradeResponse
      const headers = proxyRequestHeaders(ctx, rules, hasBody(ctx.headers))
      const open = (sent: OutgoingHttpHeaders): ClientRequest =>
        send({
          ...connection,
          agent: isUpgrade ? false : agent,
          method: ctx.method,
          path,
          headers: sent,
          setHost: false,
        })
      return new ProxyCall(ctx, {
        limits: { ...limits, maxBodyBytes: bodyLimit(ctx, config) },
        headers: isUpgrade ? { ...headers, connection: 'Upgrade', upgrade: ctx.headers.upgrade } : headers,
        open,
        rules,
        toLocation: (location) => (config.stripPrefix ? toOwnLocation(location, target, prefix) : location),
      }).run()
    },
    close: () => agent.destroy(),
  }
}

/** The mount's own limit or that of the `bodyLimit` middleware, whichever is less; what the app sets for bodies that are held in memory is none. */
function bodyLimit({ ownBodyLimitBytes }: Context, { maxBody }: ProxyMountConfig): ProxyLimits['maxBodyBytes'] {
  if (maxBody === undefined || ownBodyLimitBytes === undefined) return maxBody ?? ownBodyLimitBytes
  return Math.min(maxBody, ownBodyLimitBytes)
}

function withoutWildcard(path: string): string {
  return path.endsWith('/*') ? path.slice(0, -2) || '/' : path
}
