/** Where the promises of published services are kept, beside the configuration. */
export const snapshotFile = 'lokstra.contracts.json'
