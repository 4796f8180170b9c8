import type { MiddlewareConfig } from '../config/classes/server-config.js'
import type { MiddlewareRef } from '../decorators/middleware.js'
import type { Attachment } from './resolve-middleware.js'

/** Middleware that the configuration names. */
export function attachmentOfConfig({ override, refs }: MiddlewareConfig, level: Attachment['level']): Attachment {
  return {
    refs: refs.map(({ name, config, at, label, locate }) => ({
      ref: Object.keys(config).length > 0 ? ([name, config] as const) : name,
      where: locate([]),
      locate,
      at,
      label,
    })),
    override,
    level,
  }
}

/** Middleware that options in code name. */
export function attachmentOfCode(
  group: { readonly middleware?: readonly MiddlewareRef[] | undefined; readonly override?: boolean | undefined },
  level: Attachment['level'],
  where: string,
): Attachment {
  return { refs: (group.middleware ?? []).map((ref) => ({ ref, where })), override: group.override ?? false, level }
}
