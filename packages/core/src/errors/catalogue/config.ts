import { defineError } from '../lokstra-error.js'

export const E_CONFIG_FILE = defineError<{ file: string; reason: string; fix: string }>({
  code: 'E_CONFIG_FILE',
  when: 'A configuration file cannot be read: it is missing, empty, a folder, or not UTF-8. Or it is for an environment whose name is probably misspelt.',
  message: ({ file, reason }) => `The configuration file ${file} ${reason}`,
  fix: ({ fix }) => fix,
  example: {
    file: 'lokstra.yaml',
    reason: 'does not exist',
    fix: 'Run this in the folder that has it, or name another with --config.',
  },
})

export const E_CONFIG_SYNTAX = defineError<{ problem: string; fix: string }>({
  code: 'E_CONFIG_SYNTAX',
  when: 'The configuration file is not valid YAML, or uses a part of YAML that configuration does not take.',
  message: ({ problem }) => problem,
  fix: ({ fix }) => fix,
  example: { problem: 'There is a tab in the indentation', fix: 'Indent with spaces.' },
})

export const E_CONFIG_KEY_DUPLICATE = defineError<{ path: string }>({
  code: 'E_CONFIG_KEY_DUPLICATE',
  when: 'A map of the configuration has a key twice.',
  message: ({ path }) => `${path} is set twice`,
  fix: () => 'Keep one of the two.',
  example: { path: 'apps.api.listen' },
})

export const E_CONFIG_CONFLICT = defineError<{ path: string }>({
  code: 'E_CONFIG_CONFLICT',
  when: 'Two files of one layer, or two variables, set one value differently.',
  message: ({ path }) => `${path} is set to different values in two places of one layer`,
  fix: () => 'Keep one of the two. What is to differ by environment belongs in a file of that environment.',
  example: { path: 'shutdown.timeout' },
})

export const E_CONFIG_OVERRIDE = defineError<{ source: string; problem: string; fix: string }>({
  code: 'E_CONFIG_OVERRIDE',
  when: 'A LOKSTRA__ variable or a --set option names nothing that can be configured, or is not well formed.',
  message: ({ source, problem }) => `${source}: ${problem}`,
  fix: ({ fix }) => fix,
  example: {
    source: 'LOKSTRA__APPS__APY__LISTEN',
    problem: 'apps has no item "apy". Did you mean "api"?',
    fix: 'Correct the name, or remove the variable.',
  },
})

export const E_CONFIG_SERVER = defineError<{ server: string; hint: string; known: string }>({
  code: 'E_CONFIG_SERVER',
  when: 'A server is asked for that no deployment of the configuration has.',
  message: ({ server, hint }) => `No deployment has a server "${server}".${hint}`,
  fix: ({ known }) =>
    known
      ? `Name one of: ${known}.`
      : 'Describe it under deployments.<deployment>.servers.<server>, or start without naming a server.',
  example: { server: 'shop.usres', hint: ' Did you mean "shop.users"?', known: 'shop.users, shop.orders' },
})

export const E_CONFIG_APP = defineError<{ server: string; app: string; hint: string; known: string }>({
  code: 'E_CONFIG_APP',
  when: 'A server of a deployment names an app that is not defined anywhere, and says nothing else of it.',
  message: ({ server, app, hint }) => `${server} runs the app "${app}", which is not configured.${hint}`,
  fix: ({ known }) => `Name one of: ${known}. A new app says what it serves: its listen, controllers or publish.`,
  example: { server: 'shop.users', app: 'usres', hint: ' Did you mean "users"?', known: 'users, orders' },
})

export const E_CONFIG_PATH = defineError<{ path: string; problem: string; fix: string }>({
  code: 'E_CONFIG_PATH',
  when: 'A command or a tool asks for a value that the configuration does not have.',
  message: ({ path, problem }) => `${path} ${problem}`,
  fix: ({ fix }) => fix,
  example: {
    path: 'apps.api.lisen',
    problem: 'is not known: apps.api has no "lisen". Did you mean "listen"?',
    fix: 'Name one of: name, listen, prefix.',
  },
})

export const E_CONFIG_KEY_UNKNOWN = defineError<{ path: string; hint: string; known: string }>({
  code: 'E_CONFIG_KEY_UNKNOWN',
  when: 'The configuration has a key that nothing reads.',
  message: ({ path, hint }) => `${path} is not a known key.${hint}`,
  fix: ({ known }) => (known ? `Remove it, or use one of: ${known}.` : 'Remove it: no keys are read here.'),
  example: { path: 'apps.api.lisen', hint: ' Did you mean "listen"?', known: 'name, listen, prefix' },
})

export const E_CONFIG_VALUE_MISSING = defineError<{ path: string; fix: string }>({
  code: 'E_CONFIG_VALUE_MISSING',
  when: 'A value that has no default is not configured.',
  message: ({ path }) => `${path} is missing`,
  fix: ({ fix }) => fix,
  example: { path: 'apps.api.listen', fix: 'Set it to an address such as ":3000".' },
})

export const E_CONFIG_VALUE_INVALID = defineError<{ path: string; rule: string; received: string; fix: string }>({
  code: 'E_CONFIG_VALUE_INVALID',
  when: 'A value of the configuration has the wrong type or breaks a rule.',
  message: ({ path, rule, received }) => `${path} ${rule}, received ${received}`,
  fix: ({ fix }) => fix,
  example: {
    path: 'apps.api.limits.body',
    rule: 'must be a size such as 512KiB or 1MiB',
    received: '"1 GiBB"',
    fix: 'Correct the value.',
  },
})

export const E_CONFIG_VARIABLE = defineError<{ path: string; problem: string; fix: string }>({
  code: 'E_CONFIG_VARIABLE',
  when: 'A ${placeholder} in the configuration cannot be replaced: its variable is unset and has no default, what it refers to is not configured, or it is not well formed.',
  message: ({ path, problem }) => `${path}: ${problem}`,
  fix: ({ fix }) => fix,
  example: {
    path: 'services.db.url',
    problem: 'the environment variable DATABASE_URL is not set',
    fix: 'Set it, or give a default: ${DATABASE_URL:value}.',
  },
})

export const E_MANIFEST_INVALID = defineError<{ packageName: string; problem: string }>({
  code: 'E_MANIFEST_INVALID',
  when: 'The package.json of an installed package cannot be read, or what it announces under "lokstra" is not well formed.',
  message: ({ packageName, problem }) => `What ${packageName} offers cannot be read: ${problem}`,
  fix: () =>
    'Correct the package.json, such as "lokstra": { "services": { "name": "./subpath" } }, or install another version.',
  example: {
    packageName: '@acme/queue',
    problem: 'lokstra.services.queue must be a subpath such as "./queue", received 3',
  },
})

export const E_OFFER_AMBIGUOUS = defineError<{ what: string; packages: string }>({
  code: 'E_OFFER_AMBIGUOUS',
  when: 'A name is configured that several installed packages offer.',
  message: ({ what, packages }) => `The ${what} is offered by several packages: ${packages}`,
  fix: () => 'Keep one of the packages in package.json, or use the class in code under a name of its own.',
  example: { what: 'service "postgres"', packages: '@lokstra/services, @acme/postgres' },
})

export const E_OFFER_IMPORT = defineError<{ specifier: string; reason: string }>({
  code: 'E_OFFER_IMPORT',
  when: 'What an installed package offers cannot be imported.',
  message: ({ specifier, reason }) => `${specifier} cannot be imported: ${reason}`,
  fix: () =>
    'Install what is missing. A package exports its subpaths in package.json as plain paths, or under "import".',
  example: { specifier: '@lokstra/services/postgres', reason: "Cannot find package 'pg'" },
})
