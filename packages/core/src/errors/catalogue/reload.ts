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
