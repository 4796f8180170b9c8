import { defineError } from '../lokstra-error.js'

export const E_PUBLISH_UNKNOWN = defineError<{ name: string; type: string | undefined; hint: string }>({
  code: 'E_PUBLISH_UNKNOWN',
  when: 'Something is listed under publish that no class was found for. Every server of a project knows the classes of what any server publishes: callers need them, too.',
  message: ({ name, type, hint }) =>
    type === undefined
      ? `"${name}" is published, and there is no such service.${hint}`
      : `"${name}" is published, which services.${name} says is of the type "${type}", and no class of that type was found.${hint}`,
  fix: ({ type }) =>
    type === undefined
      ? 'Export the @Service class from a discovered file, or correct the name under publish.'
      : 'Export the @Service class from a discovered file of every server, or correct the type.',
  example: { name: 'UserServise', type: undefined, hint: ' Did you mean "UserService"?' },
})

export const E_PUBLISH_INVALID = defineError<{ name: string; reason: string; fix: string }>({
  code: 'E_PUBLISH_INVALID',
  when: 'A class is published that other servers cannot call: it is no service, it has no operations, or several services are of that class.',
  message: ({ name, reason }) => `${name} cannot be published: ${reason}`,
  fix: ({ fix }) => fix,
  example: {
    name: 'UserService',
    reason: 'it has no method with @Get, @Post …',
    fix: 'Put @Route on the class, and @Get, @Post … on the methods that other servers may call.',
  },
})

export const E_PUBLISH_ADDRESS = defineError<{ server: string; reason: string }>({
  code: 'E_PUBLISH_ADDRESS',
  when: 'A server of a deployment publishes services, and the others cannot know where it is.',
  message: ({ server, reason }) => `${server} publishes services and has no url: ${reason}`,
  fix: ({ server }) => `Set deployments.${server.replace('.', '.servers.')}.url to where the other servers reach it.`,
  example: {
    server: 'shop.users',
    reason: 'in production it is not taken from the address of the app',
  },
})

export const E_CALLS_SECRET = defineError<{ why: string }>({
  code: 'E_CALLS_SECRET',
  when: 'Nothing would distinguish calls of the servers of the project from those of others: in production, or over a transport that others use.',
  message: ({ why }) => `calls.secret is not set: ${why}`,
  fix: () =>
    "Write calls: { secret: '${secret:env:CALLS_SECRET}' }, and set that variable to a random text of 32 characters or more, the same for all servers of the deployment; or let the app ask for certificates with tls.clientCertificate: require, and callers show one with calls.tls.cert and key.",
  example: { why: 'the app "users" publishes UserService, and calls are signed in production' },
})

export const E_CALLS_SERVICE = defineError<{ path: string; name: string; hint: string }>({
  code: 'E_CALLS_SERVICE',
  when: 'calls.services names a service that is neither published nor called.',
  message: ({ path, name, hint }) => `${path} is about "${name}", which nothing publishes.${hint}`,
  fix: () => 'Name the class of a published service, or remove the entry.',
  example: { path: 'calls.services.UserServise', name: 'UserServise', hint: ' Did you mean "UserService"?' },
})

export const E_CALLS_TRANSPORT = defineError<{ path: string; name: string; reason: string; hint: string }>({
  code: 'E_CALLS_TRANSPORT',
  when: 'A transport is named that is no service, or whose class does not extend CallTransport.',
  message: ({ path, name, reason, hint }) => `${path} names "${name}", which ${reason}.${hint}`,
  fix: () => 'Name a service whose class extends CallTransport, such as one of type nats; or leave it out for HTTP.',
  example: { path: 'calls.transport', name: 'nat', reason: 'is no service', hint: ' Did you mean "nats"?' },
})

export const E_TRANSPORT_FAILED = defineError<{ transport: string; what: string; reason: string }>({
  code: 'E_TRANSPORT_FAILED',
  when: 'A service that carries calls fails at something else than a call. Where it cannot open a way to another server, this is the cause of the RemoteCallError of each call that would take it; where it cannot take calls in, the server does not start; what fails while the server stops is logged.',
  message: ({ transport, what, reason }) => `The transport ${transport} ${what}: ${reason}`,
  fix: () =>
    'Mend the cause; it is attached to this error. connect gives a CallConnection at once and sends nothing: what has to be waited for belongs into its send, which fails with a TransportError.',
  example: {
    transport: 'fetchTransport',
    what: 'cannot open a way to http://users:3001',
    reason: 'connect gave a promise instead of a CallConnection',
  },
})

export const E_EXTERNAL_INVALID = defineError<{ name: string; reason: string; fix: string }>({
  code: 'E_EXTERNAL_INVALID',
  when: 'Something is listed under external that no class describes, or its class cannot, or with headers that no request can have.',
  message: ({ name, reason }) => `external.${name}: ${reason}`,
  fix: ({ fix }) => fix,
  example: {
    name: 'PaymentGatway',
    reason: 'there is no such class. Did you mean "PaymentGateway"?',
    fix: 'Export a class of this name with @Service, @Route and methods with @Get, @Post … from a discovered file.',
  },
})

export const E_EXTERNAL_UNSET = defineError<Record<string, never>>({
  code: 'E_EXTERNAL_UNSET',
  when: 'A method whose body is `return external()` ran itself: its service is not listed under external.',
  message: () =>
    'The method describes an operation of another system, and the configuration does not say where that is',
  fix: () => 'Set the url of its class under external, or replace the service in a test with override(Class, { … }).',
  example: {},
})

export const E_CALL_CONTEXT = defineError<{ problem: string }>({
  code: 'E_CALL_CONTEXT',
  when: 'What a call hands on of its request, mostly the principal, is too large for a header, or cannot be written as JSON.',
  message: ({ problem }) => `The context of the call cannot be handed on: ${problem}`,
  fix: () =>
    'Keep what identifies the principal in ctx.principal, as plain JSON, and look the rest up where it is needed.',
  example: { problem: 'it has 9120 bytes, and may have 8192' },
})

export const E_REMOTE_MEMBER = defineError<{
  member: string
  service: string
  runsOn: string
  operations: string
  action: string
}>({
  code: 'E_REMOTE_MEMBER',
  when: 'Something other than an operation is used of a service that is behind a boundary.',
  message: ({ member, service, runsOn, action }) =>
    `${service}.${member} ${action}: ${service} runs on ${runsOn}, and only its operations can be called from here`,
  fix: ({ service, member, operations }) =>
    `Call one of ${operations}; make ${member} an operation of ${service}, with @Get, @Post … on a method; or, for callers that always run beside ${service}, move it into a service that is not published.`,
  example: {
    member: 'cache',
    service: 'UserService',
    runsOn: 'server users of shop',
    operations: 'byId, block',
    action: 'cannot be used',
  },
})

export const E_CALL_ARGUMENTS = defineError<{ operation: string; expected: string; received: string }>({
  code: 'E_CALL_ARGUMENTS',
  when: 'An operation of a service behind a boundary is called with other arguments than it declares.',
  message: ({ operation, expected, received }) => `${operation} takes ${expected}, received ${received}`,
  fix: () =>
    'Pass the DTO as an object with its fields, and the Context of the request where the operation declares one.',
  example: { operation: 'UserService.byId', expected: 'a UserId', received: '"7"' },
})

export const E_CALL_NOT_PLAIN = defineError<{ operation: string; type: string }>({
  code: 'E_CALL_NOT_PLAIN',
  when: 'An operation that is called across a boundary gives something that only the public side can use, such as ctx.created(…).',
  message: ({ operation, type }) => `${operation} gave ${type} to a caller that waits for a plain value`,
  fix: () => 'Return the value itself; the status belongs in @Returns(Type, status).',
  example: { operation: 'UserService.register', type: 'a Result' },
})

export const E_CALLS_REFUSED = defineError<{ consumer: string; provider: string }>({
  code: 'E_CALLS_REFUSED',
  when: 'A server that calls another one has started, and the other does not take it for one of the project. Its calls fail. The log of the other one has the reason.',
  message: ({ consumer, provider }) =>
    `${provider} refuses the calls of ${consumer}: they are not signed as it expects`,
  fix: () =>
    'Give both the same calls.secret, and clocks that differ less than a minute. Without a secret both have to be on one machine, and the url be that of localhost.',
  example: { consumer: 'shop.orders', provider: 'shop.users' },
})
