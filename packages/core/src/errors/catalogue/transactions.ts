import { defineError } from '../lokstra-error.js'

export const E_TRANSACTIONAL_CLASS = defineError<{ name: string; method: string }>({
  code: 'E_TRANSACTIONAL_CLASS',
  when: 'A discovered class has `@Transactional` methods and is neither a service nor a controller, nor does one extend it.',
  message: ({ name, method }) =>
    `${name}.${method} is @Transactional, but ${name} is neither a service nor a controller`,
  fix: ({ name }) => `Put @Service() on ${name}, or on a class that extends it, and export it from a discovered file.`,
  example: { name: 'OrderArchive', method: 'store' },
})

export const E_TRANSACTION_NO_DATABASE = defineError<{ method: string }>({
  code: 'E_TRANSACTION_NO_DATABASE',
  when: 'A method is `@Transactional`, and none of the services that run is a database.',
  message: ({ method }) => `${method} is @Transactional, but no service that runs here is a database`,
  fix: () => 'Inject Database of @lokstra/services/postgres where the statements are, or take @Transactional away.',
  example: { method: 'OrderService.place' },
})

export const E_TRANSACTION_DATABASE = defineError<{ method: string; database: string; known: string; hint: string }>({
  code: 'E_TRANSACTION_DATABASE',
  when: '`database` of `@Transactional` names no database that a service injects.',
  message: ({ method, database }) =>
    `${method} is @Transactional on "${database}", which is no database that runs here`,
  fix: ({ known, hint }) => `Name one of ${known}, or inject the one you mean.${hint}`,
  example: {
    method: 'ReportService.close',
    database: 'report',
    known: 'db, reports',
    hint: ' Did you mean "reports"?',
  },
})

export const E_TRANSACTION_ISOLATION = defineError<{
  method: string
  isolation: string
  outer: string
  outerIsolation: string | undefined
}>({
  code: 'E_TRANSACTION_ISOLATION',
  when: 'A method that asks for an isolation level runs inside a transaction that has another.',
  message: ({ method, isolation, outer, outerIsolation }) =>
    `${method} asks for "${isolation}" and joins the transaction of ${outer}, whose isolation is ${outerIsolation === undefined ? "the server's default" : `"${outerIsolation}"`}`,
  fix: ({ isolation, outer }) =>
    `The outermost method decides: give ${outer} isolation: '${isolation}', or call this one outside of it.`,
  example: {
    method: 'StockService.reserve',
    isolation: 'serializable',
    outer: 'OrderService.place',
    outerIsolation: undefined,
  },
})

export const E_TRANSACTION_ENDED = defineError<{ name: string }>({
  code: 'E_TRANSACTION_ENDED',
  when: 'Work that a `@Transactional` method started, and did not await, reaches the database after the method has settled.',
  message: ({ name }) => `A statement came after the transaction of ${name} had ended`,
  fix: ({ name }) =>
    `Await everything that ${name} starts. What is to go on by itself belongs in withoutTransaction(() => …).`,
  example: { name: 'OrderService.place' },
})

export const E_TRANSACTION_UNFINISHED = defineError<{ name: string; what: string }>({
  code: 'E_TRANSACTION_UNFINISHED',
  when: 'A `@Transactional` method returns while a part of its transaction still runs. Everything is rolled back.',
  message: ({ name, what }) => `${name} returned before ${what} had ended, so its transaction was rolled back`,
  fix: ({ what }) => `Await ${what}.`,
  example: { name: 'OrderService.place', what: 'StockService.reserve' },
})

export const E_TRANSACTION_ROLLED_BACK = defineError<{ name: string; failed: string; reason: string }>({
  code: 'E_TRANSACTION_ROLLED_BACK',
  when:
    'A `@Transactional` method failed inside another one, which caught the failure and went on. Half of the work cannot be ' +
    'committed, so all of it was rolled back.',
  message: ({ name, failed, reason }) =>
    `${name} was rolled back: ${failed} failed in it, and the failure was caught (${reason})`,
  fix: ({ failed }) =>
    `Let the failure through, or call ${failed} inside db.transaction(() => …): what fails in there is undone by itself.`,
  example: { name: 'OrderService.place', failed: 'LoyaltyService.addPoints', reason: 'there is no such account' },
})

export const E_TRANSACTION_PARTIAL = defineError<{
  name: string
  committed: string
  failed: string
  reason: string
}>({
  code: 'E_TRANSACTION_PARTIAL',
  when:
    'A `@Transactional` method used several databases, and one could not commit after others had: there is no commit over ' +
    'several databases.',
  message: ({ name, committed, failed, reason }) =>
    `${name} was committed in ${committed}, and then ${failed} could not commit: ${reason}`,
  fix: ({ failed }) =>
    `Repair what is missing in ${failed}. Write to one database in a transaction, and inform others afterwards.`,
  example: { name: 'OrderService.place', committed: 'db', failed: 'reports', reason: 'The database is not available' },
})

export const E_TRANSACTION_CROSSES = defineError<{ call: string; work: string }>({
  code: 'E_TRANSACTION_CROSSES',
  when:
    'A service of another server is called while a transaction is open: its locks would be held as long as the other server ' +
    'takes, and what the other server does is not rolled back. In production it is counted and warned of once.',
  message: ({ call, work }) => `${call} was called while ${work} was open`,
  fix: ({ call }) =>
    `Call ${call} before the first statement, or after the transaction has ended, and pass on what it gives.`,
  example: { call: 'UserService.find', work: 'the transaction of OrderService.place' },
})
