/** Set for a server that `lokstra topology up` has started. */
export const parentVariable = 'LOKSTRA_TOPOLOGY'
