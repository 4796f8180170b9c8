/** A server that answers the workloads, and one or two that show what starting costs. */
export interface Target {
  readonly name: string
  readonly title: string
  /** Below `targets/`, without extension. */
  readonly server: string
  /** Given the number of operations. */
  readonly start: string
}

/** The hand-written server is what the others are measured against. */
export const baseline = 'node-http'

export const targets: readonly Target[] = [
  { name: baseline, title: 'node:http by hand', server: 'node-http/server', start: 'node-http/start' },
  { name: 'lokstra', title: 'Lokstra', server: 'lokstra/server', start: 'lokstra/start' },
  { name: 'fastify', title: 'Fastify', server: 'fastify/server', start: 'fastify/start' },
  { name: 'hono', title: 'Hono + zod', server: 'hono/server', start: 'hono/start' },
  { name: 'express', title: 'Express + zod', server: 'express/server', start: 'express/start' },
  { name: 'nest-fastify', title: 'NestJS on Fastify', server: 'nest/fastify-server', start: 'nest/fastify-start' },
  { name: 'nest-express', title: 'NestJS on Express', server: 'nest/express-server', start: 'nest/express-start' },
]

export function targetTitle(name: string): string {
  return targets.find((target) => target.name === name)?.title ?? name
}
