import type { CallPlanInput } from './call-plan-input.js'
import type { CallPlan } from './call-plan.js'

/** How services are called that are published or external. Most servers have none, and start without all that calls need. */
export async function planCalls(input: CallPlanInput): Promise<CallPlan | undefined> {
  const { topology, config } = input.loaded
  const isInCode = (input.options.apps ?? []).some(({ publish = [] }) => publish.length > 0)
  const isPublished = topology.published.length > 0 || config.apps.some(({ publish }) => publish.length > 0)
  if (!isInCode && !isPublished && config.external.size === 0 && config.calls.services.size === 0) return undefined
  const { CallPlan } = await import('./call-plan.js')
  const { readCallIdentity } = await import('./call-identity.js')
  return new CallPlan(input, await readCallIdentity(input.loaded, input.registry.problems))
}
