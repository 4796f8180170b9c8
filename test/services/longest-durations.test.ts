import { fileURLToPath } from 'node:url'

import { expect } from 'chai'

import { problemsOf } from '../helpers/boot-problems.js'

const folder = fileURLToPath(new URL('../../', import.meta.url))

describe('a duration that Node would take for none, as a timer above 24.8 days fires at once', () => {
  for (const [type, key, longest] of [
    ['postgres', 'connectionTimeout', 2_147_483_647],
    ['postgres', 'statementTimeout', 2_147_478_647],
    ['postgres', 'idleTimeout', 2_147_483_647],
    ['nats', 'streamIdle', 2_147_483_647],
  ] as const) {
    it(`is refused as ${key} of ${type}, and the longest that works is taken`, async () => {
      const problemsWith = (value: number | string) =>
        problemsOf({ folder, config: { services: { it: { type, [key]: value } } } })
      for (const value of ['30d', longest + 1]) {
        const problems = await problemsWith(value)
        expect(problems.map(({ code, problem }) => `${code} ${problem}`)).to.deep.equal([
          `E_CONFIG_VALUE_INVALID services.it.${key} must not be greater than ${longest}, received ${JSON.stringify(value)}`,
        ])
      }
      expect((await problemsWith(longest)).map(String)).to.deep.equal([])
    })
  }
})
