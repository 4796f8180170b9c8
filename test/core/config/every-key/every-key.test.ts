import { expect } from 'chai'

import { shippedSchema } from '../schema/compile-schema.js'
import { appKeys, tlsKeys } from './app-keys.js'
import { callKeys } from './call-keys.js'
import { deploymentKeys } from './deployment-keys.js'
import { flagKeys, flagMiddlewareKeys } from './flag-keys.js'
import { groupKeys } from './group-keys.js'
import { middlewareKeys, mountKeys } from './middleware-keys.js'
import { proxyKeys } from './proxy-keys.js'
import { schemaKeys } from './schema-keys.js'
import { secretKeys } from './secret-keys.js'
import { serverKeys } from './server-keys.js'
import { metricsKeys } from './metrics-keys.js'
import { natsKeys } from './nats-keys.js'
import { postgresKeys, serviceKeys } from './service-keys.js'

const sections = {
  server: serverKeys,
  app: appKeys,
  groups: groupKeys,
  tls: tlsKeys,
  middleware: middlewareKeys,
  mounts: mountKeys,
  proxy: proxyKeys,
  deployments: deploymentKeys,
  calls: callKeys,
  flags: { ...flagKeys, ...flagMiddlewareKeys },
  secrets: secretKeys,
  services: serviceKeys,
  metrics: metricsKeys,
  nats: natsKeys,
  postgres: postgresKeys,
}

for (const [section, cases] of Object.entries(sections)) {
  describe(`every key of the configuration: ${section}`, () => {
    for (const [key, run] of Object.entries(cases)) it(`${key} has its effect`, run)
  })
}

describe('every key of the configuration', () => {
  it('is shown to have an effect', () => {
    const shown = Object.values(sections).flatMap((cases) => Object.keys(cases))
    expect(shown.sort()).to.deep.equal([...schemaKeys(shippedSchema())])
  })
})
