import type { Assembly } from '../assembly/assemble.js'
import { outliveReader } from '../logging/outlive-reader.js'
import type { Listener } from './listener.js'

/** What `lokstra start` shows once the server is ready: each app with its address and routes, and how long it took. */
export function printBanner(assembly: Assembly, listeners: readonly Listener[], startMs: number): void {
  const lines = assembly.apps.flatMap((app) => {
    const listener = listeners.find(({ apps }) => apps.some(({ scope }) => scope === app.scope))
    const routes = app.routes.map((route) => `    ${route.verb.padEnd(7)} ${route.path}  →  ${route.name}`)
    return [`  ${app.scope.name}  ${listener?.url ?? app.listen}`, ...routes]
  })
  const count = assembly.apps.reduce((sum, app) => sum + app.routes.length, 0)
  const summary = `  ${count} ${count === 1 ? 'route' : 'routes'}, ready in ${Math.round(startMs)} ms`
  outliveReader(process.stdout)
  process.stdout.write(['', `  ${assembly.fullName}`, '', ...lines, '', summary, '', ''].join('\n'))
}
