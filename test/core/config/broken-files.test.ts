import { expect } from 'chai'

import { parseConfig } from './internals.js'
import { reportsOf } from './reports.js'

interface BrokenFile {
  readonly text: string
  readonly reports: readonly string[]
  readonly env?: Record<string, string>
}

const app = 'apps:\n  - name: api\n    '
const address = 'an address such as ":3000", "127.0.0.1:3000", "[::1]:3000" or "unix:/run/app.sock"'

const files: Record<string, BrokenFile> = {
  'a file without content': { text: '', reports: ['E_CONFIG_FILE The configuration file shop.yaml is empty'] },
  'a file of comments': { text: '# later\n', reports: ['E_CONFIG_FILE The configuration file shop.yaml is empty'] },
  'tabs as indentation': {
    text: 'apps:\n\t- name: api\n',
    reports: ['E_CONFIG_SYNTAX 2:1 There is a tab in the indentation'],
  },
  'a second document': {
    text: 'name: a\n---\nname: b\n',
    reports: ['E_CONFIG_SYNTAX 2:1 A second YAML document starts here'],
  },
  'a bracket that stays open': {
    text: 'discover: [a\nname: b\n',
    reports: ['E_CONFIG_SYNTAX 2:1 A bracket is not closed with ]'],
  },
  'a quote that stays open': { text: 'name: "a\n', reports: ['E_CONFIG_SYNTAX 2:1 A quote is not closed'] },
  'a value followed by a key': {
    text: 'name: a: b\n',
    reports: ['E_CONFIG_SYNTAX 1:7 A value is followed by another key'],
  },
  'a key without colon': {
    text: 'name: a\ndiscover\n',
    reports: ['E_CONFIG_SYNTAX 2:1 A ":" is missing behind a key'],
  },
  'a placeholder without quotes in braces': {
    text: 'services: { db: { type: ${TYPE} } }\n',
    reports: ['E_CONFIG_SYNTAX 1:26 The text does not fit here'],
  },
  'a placeholder without quotes in braces, with lines below': {
    text: 'services: { db: { type: ${TYPE} } }\nname: a\napps:\n  - name: b\n    listen: ":1"\n',
    reports: ['E_CONFIG_SYNTAX 1:26 The text does not fit here'],
  },
  'a key of an item that is not indented as the others': {
    text: 'apps:\n  - name: a\n   listen: "${LISTEN}"\n',
    reports: ['E_CONFIG_SYNTAX 3:1 The indentation fits none of the lines above'],
  },
  'a key that is indented as a list above it': {
    text: 'apps:\n  - name: a\n  listen: ${LISTEN}\n',
    reports: ['E_CONFIG_SYNTAX 3:1 The indentation fits none of the lines above'],
  },
  'mistakes on two lines': {
    text: 'name: `a`\ndiscover: @b\n',
    reports: [
      'E_CONFIG_SYNTAX 1:7 Plain value cannot start with reserved character `',
      'E_CONFIG_SYNTAX 2:11 Plain value cannot start with reserved character @',
    ],
  },
  'nesting without end': {
    text: `apps: ${'['.repeat(2_000)}`,
    reports: ['E_CONFIG_SYNTAX The values are nested too deeply'],
  },
  'a tag': { text: 'name: !secret a\n', reports: ['E_CONFIG_SYNTAX 1:7 Unresolved tag: !secret'] },
  'a merge key': {
    text: '<<: { name: a }\nnam: b\n',
    reports: [
      'E_CONFIG_SYNTAX 1:1 Merge keys (<<) are not supported',
      'E_CONFIG_KEY_UNKNOWN 2:1 nam is not a known key. Did you mean "name"?',
    ],
  },
  'a key that is a list': { text: '? [a]\n: b\n', reports: ['E_CONFIG_SYNTAX 1:3 A key must be plain text'] },
  'the key __proto__': {
    text: 'services:\n  __proto__: { type: a }\n',
    reports: ['E_CONFIG_SYNTAX 2:3 The key __proto__ is not allowed'],
  },
  'an alias without anchor': {
    text: 'name: *title\n',
    reports: ['E_CONFIG_SYNTAX 1:7 *title refers to an anchor that does not exist'],
  },
  'an alias inside its anchor': {
    text: 'services: &all\n  db: { type: a, others: *all }\n',
    reports: ['E_CONFIG_SYNTAX 2:26 *all stands inside its own anchor'],
  },
  'aliases that multiply': {
    text: `services:\n  s:\n    type: a\n    a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n${['b', 'c', 'd', 'e', 'f']
      .map((name, index) => `    ${name}: &${name} [${Array(10).fill(`*${'abcde'[index]}`).join(', ')}]\n`)
      .join('')}`,
    reports: ['E_CONFIG_SYNTAX 4:30 The aliases of this file repeat more than 10000 values'],
  },
  'a key set twice': { text: 'name: a\nname: b\n', reports: ['E_CONFIG_KEY_DUPLICATE 2:1 name is set twice'] },
  'a list instead of a map': {
    text: '- a\n',
    reports: ['E_CONFIG_VALUE_INVALID 1:1 The configuration must be an object, received ["a"]'],
  },
  'a text instead of a map': {
    text: 'hello\n',
    reports: ['E_CONFIG_VALUE_INVALID 1:1 The configuration must be an object, received "hello"'],
  },
  'an unknown key': {
    text: 'appps: []\n',
    reports: ['E_CONFIG_KEY_UNKNOWN 1:1 appps is not a known key. Did you mean "apps"?'],
  },
  'an unknown key that resembles none': {
    text: `${app}zzzzzz: 1\n`,
    reports: ['E_CONFIG_KEY_UNKNOWN 3:5 apps.api.zzzzzz is not a known key.'],
  },
  'a port without quotes': {
    text: `${app}listen: 3000\n`,
    reports: ['E_CONFIG_VALUE_INVALID 3:13 apps.api.listen must be a string, received 3000'],
  },
  'a port out of range': {
    text: `${app}listen: ":65536"\n`,
    reports: [`E_CONFIG_VALUE_INVALID 3:13 apps.api.listen must be ${address}, received ":65536"`],
  },
  'a url with a password as address': {
    text: `${app}listen: http://me:hunter2@shop\n`,
    reports: [`E_CONFIG_VALUE_INVALID 3:13 apps.api.listen must be ${address}, received "http://me:***@shop"`],
  },
  'an app without a name': {
    text: 'apps:\n  - listen: ":1"\n',
    reports: ['E_CONFIG_VALUE_MISSING 2:5 apps[0].name is missing'],
  },
  'two apps of one name': {
    text: 'apps: [{ name: a }, { name: a }]\n',
    reports: ['E_CONFIG_VALUE_INVALID 1:29 apps[1].name must differ from that of apps[0], received "a"'],
  },
  'a number instead of a list': {
    text: 'discover: 3\n',
    reports: ['E_CONFIG_VALUE_INVALID 1:11 discover must be a list of strings, such as a, b, received 3'],
  },
  'text of a list with an open quote': {
    text: 'discover: a, "b\n',
    reports: ['E_CONFIG_VALUE_INVALID 1:11 discover must be a list of strings, such as a, b, received "a, \\"b"'],
  },
  'a wrong item of a list': {
    text: 'discover:\n  - a\n  - 3\n',
    reports: ['E_CONFIG_VALUE_INVALID 3:5 discover[1] must be a string, received 3'],
  },
  'a key without a value': {
    text: 'apps:\n',
    reports: ['E_CONFIG_VALUE_INVALID 1:1 apps must be an array, received nothing'],
  },
  'a size that is none': {
    text: `${app}limits: { body: big }\n`,
    reports: ['E_CONFIG_VALUE_INVALID 3:21 apps.api.limits.body must be a size such as 512KiB or 1MiB, received "big"'],
  },
  'a negative duration': {
    text: 'shutdown: { timeout: -1s }\n',
    reports: ['E_CONFIG_VALUE_INVALID 1:22 shutdown.timeout must be a duration such as 500ms or 30s, received "-1s"'],
  },
  'a duration longer than a timer': {
    text: 'shutdown:\n  timeout: 30d\n',
    reports: ['E_CONFIG_VALUE_INVALID 2:12 shutdown.timeout must not be greater than 2147483647, received "30d"'],
  },
  'a value outside a list of choices': {
    text: `${app}unknownKeys: keep\n`,
    reports: [
      'E_CONFIG_VALUE_INVALID 3:18 apps.api.unknownKeys must be one of the following values: drop, reject, received "keep"',
    ],
  },
  'a service without a type': {
    text: 'services:\n  db: { url: a }\n',
    reports: ['E_CONFIG_VALUE_MISSING 2:3 services.db.type is missing'],
  },
  'a service that is only a name': {
    text: 'services:\n  db: postgres\n',
    reports: [
      'E_CONFIG_VALUE_INVALID 2:7 services.db must be an object with a type, such as { type: postgres }, received "postgres"',
    ],
  },
  'two middleware in one entry': {
    text: 'middleware:\n  - cors: {}\n    recovery: {}\n',
    reports: [
      'E_CONFIG_VALUE_INVALID 2:5 middleware[0] must be a name, or one name with its configuration, such as { cors: { origins: [] } }, received an object',
    ],
  },
  'an override at the server': {
    text: 'middleware: { override: true, use: [] }\n',
    reports: ['E_CONFIG_VALUE_INVALID 1:13 middleware must be an array, received an object'],
  },
  'an override that is no boolean': {
    text: `${app}override: 3\n`,
    reports: ['E_CONFIG_VALUE_INVALID 3:15 apps.api.override must be a boolean, received 3'],
  },
  'a mount without configuration of its kind': {
    text: `${app}mounts: [{ static: public }]\n`,
    reports: ['E_CONFIG_VALUE_INVALID 3:24 apps.api.mounts[0].static must be an object, received "public"'],
  },
  'a module with an unknown permission': {
    text: 'modules:\n  - use: billing\n    allow: { servces: true }\n',
    reports: ['E_CONFIG_KEY_UNKNOWN 3:14 modules[0].allow.servces is not a known key. Did you mean "services"?'],
  },
  'a module permission of the wrong type': {
    text: 'modules: [{ use: billing, allow: { services: maybe } }]\n',
    reports: ['E_CONFIG_VALUE_INVALID 1:46 modules[0].allow.services must be a boolean, received "maybe"'],
  },
  'a missing variable': {
    text: 'services:\n  db:\n    type: postgres\n    url: ${DATABASE_URL}\n',
    reports: ['E_CONFIG_VARIABLE 4:10 services.db.url: the environment variable DATABASE_URL is not set'],
  },
  'a missing variable of a required value, once': {
    text: 'apps:\n  - name: ${APP}\n',
    reports: ['E_CONFIG_VARIABLE 2:11 apps[0].name: the environment variable APP is not set'],
  },
  'an empty variable': {
    text: 'name: "${NAME}"\n',
    env: { NAME: '' },
    reports: ['E_CONFIG_VARIABLE 1:7 name: the environment variable NAME is empty'],
  },
  'a variable of the wrong type': {
    text: `${app}limits: { keys: "\${KEYS}" }\n`,
    env: { KEYS: 'many' },
    reports: ['E_CONFIG_VALUE_INVALID 3:21 apps.api.limits.keys must be a number, received "many"'],
  },
}

describe('a broken configuration', () => {
  for (const [name, { text, reports, env = {} }] of Object.entries(files)) {
    it(`is reported exactly: ${name}`, async () => {
      const found = await reportsOf(() => parseConfig(text, 'shop.yaml', { env }))
      // Where the parser gives up on deep nesting depends on the stack that is left.
      const withoutPlace = (report: string) =>
        name === 'nesting without end' ? report.replace(/ \d+:\d+/, '') : report
      expect(found.map((report) => withoutPlace(report).replace(/\S+\/(?=shop\.yaml)/, ''))).to.deep.equal(reports)
    })
  }
})
