/** Set for a server that `lokstra topology up` has started, and for nothing else. */
export const parentVariable = 'LOKSTRA_TOPOLOGY_PARENT'
