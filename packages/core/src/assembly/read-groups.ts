import { locateBelow, type Locate } from '../config/tree/config-path.js'
import type { GroupConfig } from '../config/classes/server-config.js'
import type { Class } from '../decorators/metadata.js'
import type { HttpVerb } from '../decorators/route.js'
import type { GroupOptions } from '../server/server-options.js'
import { attachmentOfCode, attachmentOfConfig } from './attachments.js'
import type { Attachment } from './resolve-middleware.js'

/** A controller by its class, or by a name that is still to be found. */
export interface ListedController {
  readonly controller: Class | string
  readonly where: string
}

/** A further place of a handler. */
export interface ListedRoute {
  readonly verb: HttpVerb | 'ALL'
  readonly path: string
  /** `TodoController.list`, or the class and its method. */
  readonly handler: string | readonly [Class, string]
  readonly attached: Attachment
  readonly handlerTimeout: number | string | undefined
  readonly status: number | undefined
  readonly where: string
}

/** Controllers and routes of an app or group, wherever it was described. */
export interface Group {
  readonly prefix: string
  readonly attached: Attachment
  readonly controllers: readonly ListedController[]
  readonly routes: readonly ListedRoute[]
  readonly groups: readonly Group[]
}

export function groupOfConfig(config: GroupConfig, locate: Locate, level: 'app' | 'group' = 'group'): Group {
  return {
    prefix: config.prefix,
    attached: attachmentOfConfig(config.middleware, level),
    controllers: (config.controllers ?? []).map((controller, index) => ({
      controller,
      where: locate(['controllers', index]),
    })),
    routes: config.routes.flatMap((route, index) => {
      const { verb, path, handler, handlerTimeout, status } = route
      // Reported, and left out.
      if ((handler as string | undefined) === undefined) return []
      const attached = attachmentOfConfig(route.middleware, 'route')
      return { verb, path, handler, attached, handlerTimeout, status, where: locate(['routes', index, 'handler']) }
    }),
    groups: config.groups.map((group, index) => groupOfConfig(group, locateBelow(locate, ['groups', index]))),
  }
}

/** @param where  what errors name for what stands in code */
export function groupOfCode(options: GroupOptions, where: string, level: 'app' | 'group' = 'group'): Group {
  return {
    prefix: options.prefix ?? '',
    attached: attachmentOfCode(options, level, where),
    controllers: (options.controllers ?? []).map((controller) => ({ controller, where })),
    routes: (options.routes ?? []).map((route) => ({
      verb: route.verb ?? 'GET',
      path: route.path ?? '',
      handler: route.handler,
      attached: attachmentOfCode(route, 'route', where),
      handlerTimeout: route.handlerTimeout,
      status: route.status,
      where,
    })),
    groups: (options.groups ?? []).map((group) => groupOfCode(group, where)),
  }
}
