import { defineError } from '../lokstra-error.js'

export const E_RELOAD_HOOK = defineError<{ hook: string; reason: string }>({
  code: 'E_RELOAD_HOOK',
  when: 'An @OnConfigReload hook failed or did not end within its time limit. The new configuration is refused as a whole: hooks that ran before it are called back, and the previous configuration stays.',
  message: ({ hook, reason }) => `${hook} did not take the new configuration: ${reason}`,
  fix: () => 'Correct the configuration or the hook; a longer limit is @OnConfigReload({ timeoutMs }).',
  example: { hook: 'RateLimits.reconfigure', reason: 'burst is below the rate' },
})

export const E_RELOAD_PATH = defineError<{ hook: string; path: string; hint: string; fix: string }>({
  code: 'E_RELOAD_PATH',
  when: 'An @OnConfigReload hook watches a path that no configuration can have.',
  message: ({ hook, path, hint }) => `${hook} watches "${path}", which is no path of the configuration.${hint}`,
  fix: ({ fix }) => fix,
  example: {
    hook: 'Limits.changed',
    path: 'app.api.limits',
    hint: ' Did you mean "apps"?',
    fix: 'Write keys with dots, apps by name, such as apps.api.limits.',
  },
})

export const E_RELOAD_CONFIG = defineError<{ hook: string; type: string }>({
  code: 'E_RELOAD_CONFIG',
  when: 'An @OnConfigReload hook without a path is on a service that has no configuration of its own.',
  message: ({ hook, type }) => `${hook} waits for the configuration of ${type}, which has none`,
  fix: () =>
    'Give the service a config class, @Service({ config }), or the hook a path, @OnConfigReload("apps.api.limits").',
  example: { hook: 'Prices.changed', type: 'Prices' },
})

export const W_RELOAD_RESTART = defineError<{ paths: readonly string[] }>({
  code: 'W_RELOAD_RESTART',
  when: 'The configuration of a running server was changed in places that it reads only when it starts. What can change while it runs does.',
  message: ({ paths }) => `Changed, but not before a restart: ${paths.join(', ')}`,
  fix: () => 'Restart the server, or take the change back.',
  example: { paths: ['apps.api.listen', 'services.db.url'] },
})

export const E_CONFIG_SOURCE = defineError<{ source: string; reason: string }>({
  code: 'E_CONFIG_SOURCE',
  when: 'A service that extends ConfigSource does not give its values. While a server runs their last state stays, and this is logged.',
  message: ({ source, reason }) => `The configuration source ${source} cannot be read: ${reason}`,
  fix: () => 'Fix what the source reads from, or remove the source.',
  example: { source: 'settings', reason: 'The database is not available' },
})

export const E_CONFIG_SOURCE_SECRET = defineError<{ source: string; path: string }>({
  code: 'E_CONFIG_SOURCE_SECRET',
  when: 'A service that extends ConfigSource gives a secret: the value of a key such as password or token, or a URL with a password.',
  message: ({ source, path }) => `The ${source} of the configuration holds a secret, ${path}`,
  fix: () => 'Remove it there, and write ${secret:provider:key} in the configuration file.',
  example: { source: 'source settings', path: 'services.db.password' },
})

export const E_CONFIG_SOURCE_CODE = defineError<{ source: string; path: string }>({
  code: 'E_CONFIG_SOURCE_CODE',
  when: 'A service that extends ConfigSource says which code runs: by discover, modules, secrets or deployments, or by the type of a service. Whoever can write to a table of settings could run code in every server.',
  message: ({ source, path }) => `The ${source} of the configuration says which code runs, ${path}`,
  fix: () => 'Remove it there, and write it in the configuration file.',
  example: { source: 'source settings', path: 'services.db.type' },
})
