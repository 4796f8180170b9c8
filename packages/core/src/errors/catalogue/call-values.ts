import { defineError } from '../lokstra-error.js'

export const E_CALL_VALUE = defineError<{ operation: string; field: string; expected: string; received: string }>({
  code: 'E_CALL_VALUE',
  when: 'A service of another server, or one behind a checked boundary, was called with a value that cannot be sent as what it is. Nothing was sent.',
  message: ({ operation, field, expected, received }) =>
    `${operation} was called with ${field}, which is declared as ${expected} and was ${received}`,
  fix: () =>
    'Give what the field declares; leave it undefined where there is nothing to say. Files, streams, functions and instances of undeclared classes stay on this server: give what identifies them.',
  example: {
    operation: 'UserService.rename',
    field: 'RenameUser.since',
    expected: 'date',
    received: 'an invalid date',
  },
})

export const E_REMOTABLE = defineError<{ operation: string; problem: string; fix: string }>({
  code: 'E_REMOTABLE',
  when: 'An operation of a published service could not be called from another server. It is an error in every deployment, also where all is in one process, so that any service can be moved at any time.',
  message: ({ operation, problem }) => `${operation} is published and cannot be called from another server: ${problem}`,
  fix: ({ fix }) => fix,
  example: {
    operation: 'UserService.find',
    problem: 'it does not return a promise',
    fix: 'Make it async, or give it the return type Promise<User>.',
  },
})

export const E_EXTERNAL_OPERATION = defineError<{ operation: string; problem: string; fix: string }>({
  code: 'E_EXTERNAL_OPERATION',
  when: 'An operation of a service under external could not be called as its class describes it: its input has values that its path, headers or body cannot say, or goes into a header that is said elsewhere, or nothing says what comes back.',
  message: ({ operation, problem }) => `${operation} describes another system and cannot be called: ${problem}`,
  fix: ({ fix }) => fix,
  example: {
    operation: 'PaymentGateway.charge',
    problem: 'nothing says what it returns',
    fix: 'Declare it with @Returns(Receipt); @Returns(undefined, 204) for nothing.',
  },
})

export const E_CALL_RESULT = defineError<{ operation: string; problem: string }>({
  code: 'E_CALL_RESULT',
  when: 'The answer to a call of a service on another server is not what the operation declares, so that nothing can be made of it.',
  message: ({ operation, problem }) => `The answer of ${operation} cannot be read: ${problem}`,
  fix: () =>
    'Both servers need the same declaration of the operation: compare what each of them runs. Something between them may have answered instead.',
  example: { operation: 'UserService.find', problem: 'User.since is declared as date and was a boolean' },
})
