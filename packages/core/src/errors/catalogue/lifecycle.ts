import { defineError } from '../lokstra-error.js'

export const E_BOOT = defineError<{ count: number }>({
  code: 'E_BOOT',
  when: 'More than one problem was found before the server started. All of them are listed, each with its own code.',
  message: ({ count }) => `${count} problems stop the server from starting`,
  fix: () => 'Fix each of the problems listed.',
  example: { count: 3 },
})

export const E_START_FAILED = defineError<{ hook: string; reason: string }>({
  code: 'E_START_FAILED',
  when: 'A constructor, a factory or an @OnStart or @OnReady hook failed. What had started was stopped again.',
  message: ({ hook, reason }) => `${hook} failed: ${reason}`,
  fix: () => 'Fix the cause; it is attached to this error.',
  example: { hook: 'PostgresDatabase.start', reason: 'connect ECONNREFUSED 127.0.0.1:5432' },
})

export const E_START_TIMEOUT = defineError<{ hook: string; timeoutMs: number }>({
  code: 'E_START_TIMEOUT',
  when: 'An @OnStart or @OnReady hook, or an asynchronous factory, did not end within its time limit.',
  message: ({ hook, timeoutMs }) => `${hook} did not end within ${timeoutMs} ms`,
  fix: () => 'Find what it waits for, or raise the limit: @OnStart({ timeoutMs }), factory({ timeoutMs }).',
  example: { hook: 'SearchIndex.load', timeoutMs: 30_000 },
})

export const E_STOP_FAILED = defineError<{ hook: string; reason: string }>({
  code: 'E_STOP_FAILED',
  when: 'An @OnStop hook failed or did not end within its time limit. The other services are stopped all the same.',
  message: ({ hook, reason }) => `${hook} failed: ${reason}`,
  fix: () => 'Fix the cause, or raise the limit: @OnStop({ timeoutMs }).',
  example: { hook: 'Mailer.flush', reason: 'it did not end within 10000 ms' },
})

export const E_LISTEN_IN_USE = defineError<{ app: string; address: string; detail: string }>({
  code: 'E_LISTEN_IN_USE',
  when: 'The address of an app is taken. The whole server stops.',
  message: ({ app, address, detail }) => `The app ${app} cannot listen on ${address}: ${detail}`,
  fix: () => 'Stop the process that holds the address, or give the app another one under listen.',
  example: { app: 'api', address: ':3000', detail: 'the address is in use' },
})

export const E_LISTEN_FAILED = defineError<{ app: string; address: string; detail: string }>({
  code: 'E_LISTEN_FAILED',
  when: 'An app cannot listen on its address for another reason. The whole server stops.',
  message: ({ app, address, detail }) => `The app ${app} cannot listen on ${address}: ${detail}`,
  fix: () => 'Choose a port of 1024 or above, an address of this machine, or a socket path in a folder that exists.',
  example: { app: 'api', address: ':80', detail: 'permission denied' },
})

export const E_SERVER_STATE = defineError<{ action: string; state: string; fix: string }>({
  code: 'E_SERVER_STATE',
  when: 'A server is started twice or after it stopped, or asked for its log before it started.',
  message: ({ action, state }) => `The server cannot ${action}: it is ${state}`,
  fix: ({ fix }) => fix,
  example: { action: 'start', state: 'already stopped', fix: 'Create a new server for each run.' },
})

export const E_DISCOVER_NOTHING = defineError<{ patterns: string; folder: string }>({
  code: 'E_DISCOVER_NOTHING',
  when: 'The patterns under discover match no file.',
  message: ({ patterns, folder }) => `No file below ${folder} matches ${patterns}`,
  fix: () => 'Build first; then check the patterns: they name compiled files, such as dist/**/*.js.',
  example: { patterns: 'dist/**/*.js', folder: '/app' },
})

export const E_DISCOVER_IMPORT = defineError<{ file: string; reason: string; fix: string }>({
  code: 'E_DISCOVER_IMPORT',
  when: 'A discovered file cannot be imported.',
  message: ({ file, reason }) => `${file} cannot be imported: ${reason}`,
  fix: ({ fix }) => fix,
  example: {
    file: 'dist/todos/todo.service.js',
    reason: "Cannot find module './todo.dto.js'",
    fix: 'Fix the file, or keep it out of the patterns under discover.',
  },
})
