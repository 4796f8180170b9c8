import { defineError } from '../lokstra-error.js'

export const E_SERVICE_MISSING = defineError<{
  needed: string
  by: string
  path: string
  /** What to do, for this token; empty for the usual advice. */
  advice: string
  hint: string
}>({
  code: 'E_SERVICE_MISSING',
  when: 'A constructor parameter names a service that nobody registered.',
  message: ({ needed, by, path }) => `${by} needs ${needed}, which is not registered\n  path ${path}`,
  fix: ({ needed, advice, hint }) =>
    `${advice || `Export a @Service class for ${needed} from a discovered file, or list it under services.`}${hint}`,
  example: {
    needed: 'Mailer',
    by: 'OrderService (parameter 2)',
    path: 'OrderController -> OrderService -> Mailer?',
    advice: '',
    hint: '',
  },
})

export const E_SERVICE_CIRCULAR = defineError<{ path: string }>({
  code: 'E_SERVICE_CIRCULAR',
  when: 'Services inject each other, or wait for each other, in a circle.',
  message: ({ path }) => `Services depend on each other in a circle\n  path ${path}`,
  fix: () =>
    'Move what both sides need into a third service, let one side pass the value as a method argument, or take a name out of dependsOn.',
  example: { path: 'OrderService -> UserService -> OrderService' },
})

export const E_SERVICE_CAPTIVE = defineError<{
  holder: string
  holderLifetime: string
  held: string
  heldLifetime: string
  path: string
}>({
  code: 'E_SERVICE_CAPTIVE',
  when: 'A long-lived service would keep a shorter-lived one, and with it the data of one request, for ever.',
  message: ({ holder, holderLifetime, held, heldLifetime, path }) =>
    `${holder} lives as ${holderLifetime} and would keep ${held}, which lives as ${heldLifetime}\n  path ${path}`,
  fix: ({ holder, held }) =>
    `Make ${holder} request-scoped as well (lifetime: 'request'), or make ${held} a singleton and pass it the request's data.`,
  example: {
    holder: 'ReportService',
    holderLifetime: 'singleton',
    held: 'CurrentUser',
    heldLifetime: 'request',
    path: 'ReportController -> ReportService -> CurrentUser',
  },
})

export const E_SERVICE_DUPLICATE = defineError<{
  kind: 'service' | 'controller' | 'middleware'
  name: string
  first: string
  second: string
}>({
  code: 'E_SERVICE_DUPLICATE',
  when: 'Two services, two controllers or two middleware have one name.',
  message: ({ kind, name, first, second }) => `The ${kind} name "${name}" is taken twice, by ${first} and by ${second}`,
  fix: ({ kind }) =>
    kind === 'controller'
      ? 'Rename one of the classes.'
      : 'Give one of them another name: @Service({ name }) on the class, or another key where it is registered.',
  example: { kind: 'service', name: 'db', first: 'PostgresDatabase', second: 'ReportingDatabase' },
})

export const E_SERVICE_AMBIGUOUS = defineError<{ needed: string; by: string; names: string }>({
  code: 'E_SERVICE_AMBIGUOUS',
  when: 'Several services fit one constructor parameter.',
  message: ({ needed, by, names }) => `${by} needs ${needed}, and several services fit: ${names}`,
  fix: ({ names }) => `Choose one by name with @Inject(name): ${names}.`,
  example: { needed: 'Database', by: 'OrderService (parameter 1)', names: 'db, reporting' },
})

export const E_IMPORT_CYCLE = defineError<{ what: string }>({
  code: 'E_IMPORT_CYCLE',
  when: 'A class did not exist yet when another one named it: two files import each other, or it is declared further down.',
  message: ({ what }) =>
    `${what}: the files import each other in a circle, or the class is declared further down in the same file`,
  fix: () =>
    'In one file, put the class above the one that names it. Between files, break the circle: move what both need into a third one. If only the types meet, inject an abstract class that lives in a file of its own.',
  example: { what: 'Parameter 1 of OrderService has no type' },
})

export const E_METADATA_MISSING = defineError<{ what: string }>({
  code: 'E_METADATA_MISSING',
  when: 'The compiled code carries no type metadata.',
  message: ({ what }) => `${what} carries no type metadata`,
  fix: () =>
    'Compile with tsc and "experimentalDecorators" and "emitDecoratorMetadata" on; esbuild, tsx and type stripping drop the metadata. If tsc compiled it, import @lokstra/core before the first decorated class.',
  example: { what: 'The constructor of OrderService' },
})

export const E_PARAMETER_TYPE = defineError<{ what: string; type: string }>({
  code: 'E_PARAMETER_TYPE',
  when: 'The type of a parameter leaves no class in the compiled code.',
  message: ({ what, type }) => `${what} has the type ${type}, which names no class at run time`,
  fix: () =>
    'Use a class or abstract class, imported with a plain import (an `import type` erases it), or name the service with @Inject(name).',
  example: { what: 'Parameter 1 of OrderService', type: 'Object' },
})

export const E_NOT_A_SERVICE = defineError<{ name: string }>({
  code: 'E_NOT_A_SERVICE',
  when: 'A class is used as a service, middleware or controller without its decorator.',
  message: ({ name }) => `${name} is used as a service but carries no @Service`,
  fix: () => 'Put @Service() on the class; without a decorator the compiler emits no constructor types.',
  example: { name: 'OrderService' },
})

export const E_DECORATOR_MISUSE = defineError<{ problem: string; fix: string }>({
  code: 'E_DECORATOR_MISUSE',
  when: 'A decorator is used where it has no meaning.',
  message: ({ problem }) => problem,
  fix: ({ fix }) => fix,
  example: {
    problem: 'CreateTodo.title has two sources, query and body',
    fix: 'A field has one source: keep one of the decorators.',
  },
})

export const E_FACTORY_ASYNC = defineError<{ name: string; lifetime: string }>({
  code: 'E_FACTORY_ASYNC',
  when: 'A factory that is not a singleton makes its object asynchronously.',
  message: ({ name, lifetime }) =>
    `The factory of ${name} gives a promise, but ${name} lives as ${lifetime}: nothing waits for it`,
  fix: () => 'Make it a singleton, or make the object at once and let its methods be asynchronous.',
  example: { name: 'TenantDatabase', lifetime: 'request' },
})

export const E_HOOK_LIFETIME = defineError<{ hook: string; lifetime: string }>({
  code: 'E_HOOK_LIFETIME',
  when: 'A start, ready or stop hook is on a service that does not live as long as the server.',
  message: ({ hook, lifetime }) => `${hook} is a lifecycle hook of a service that lives as ${lifetime}`,
  fix: () => 'Only singletons start and stop with the server: move the hook, or make the service a singleton.',
  example: { hook: 'CurrentUser.load', lifetime: 'request' },
})

export const E_MODULE_CAPABILITY = defineError<{ module: string; wanted: string; allowed: string }>({
  code: 'E_MODULE_CAPABILITY',
  when: 'A module registers or injects more than it declared, or declares more than the application allows.',
  message: ({ module, wanted, allowed }) => `The module ${module} ${wanted}, but ${allowed}`,
  fix: () => 'Declare it in @Module({ capabilities }), and allow it where the module is listed.',
  example: {
    module: 'billing',
    wanted: 'registers the controller InvoiceController',
    allowed: 'declares no controllers',
  },
})

export const E_MODULE_INVALID = defineError<{ module: string; problem: string }>({
  code: 'E_MODULE_INVALID',
  when: 'What is listed under modules is not a module.',
  message: ({ module, problem }) => `The module ${module} cannot be used: ${problem}`,
  fix: () => 'A module is a class with @Module and a register(registry) method; a package exports exactly one.',
  example: { module: '@acme/billing', problem: 'the package exports no class with @Module' },
})

export const E_MODULE_UNKNOWN = defineError<{ module: string; hint: string }>({
  code: 'E_MODULE_UNKNOWN',
  when: 'A module is listed that is neither a discovered class nor an installed package.',
  message: ({ module, hint }) => `There is no module "${module}".${hint}`,
  fix: () => 'Install the package of that name, or export the class with @Module from a discovered file.',
  example: { module: '@acme/biling', hint: ' Did you mean "@acme/billing"?' },
})

export const E_SERVICE_ORDER = defineError<{ name: string; target: string; reason: string; hint: string }>({
  code: 'E_SERVICE_ORDER',
  when: 'A service is to start after another one that does not exist, or that does not start with the server.',
  message: ({ name, target, reason, hint }) => `${name} is to start after "${target}", ${reason}.${hint}`,
  fix: () => 'Name services of the configuration under dependsOn, or singletons that code registers.',
  example: { name: 'cache', target: 'databse', reason: 'which does not exist', hint: ' Did you mean "database"?' },
})

export const E_OVERRIDE_UNKNOWN = defineError<{ token: string; hint: string }>({
  code: 'E_OVERRIDE_UNKNOWN',
  when: 'A test overrides a service that the server does not have.',
  message: ({ token, hint }) => `There is no service ${token} to override.${hint}`,
  fix: () => 'Name a class or a service that is registered.',
  example: { token: 'Mailler', hint: ' Did you mean "Mailer"?' },
})

export const E_SERVICE_NOT_STARTED = defineError<{ token: string }>({
  code: 'E_SERVICE_NOT_STARTED',
  when: 'A service is asked for that the server did not construct.',
  message: ({ token }) => `${token} was not constructed: the server is not started, or nothing injects it`,
  fix: () => 'Ask after start(); a service that nothing injects is constructed with @Service({ eager: true }).',
  example: { token: 'TodoService' },
})

export const E_INJECTION_UNKNOWN = defineError<{ name: string; hint: string }>({
  code: 'E_INJECTION_UNKNOWN',
  when: '`lokstra why inject` or `Server.explainInjection` is asked about a service that is not known.',
  message: ({ name, hint }) => `No service, and no class that one can be injected by, is called ${name}.${hint}`,
  fix: () => 'Name a service as the configuration does, or a class as the code does.',
  example: { name: 'TodoServce', hint: ' Did you mean "TodoService"?' },
})

export const E_SERVICE_TYPE_UNKNOWN = defineError<{ name: string; type: string; hint: string }>({
  code: 'E_SERVICE_TYPE_UNKNOWN',
  when: 'A configured service names a type that was not found.',
  message: ({ name, type, hint }) => `The service "${name}" has the type "${type}", which was not found.${hint}`,
  fix: () =>
    'Install the package that offers the type, such as @lokstra/services, or export a @Service class of that name from a discovered file.',
  example: { name: 'db', type: 'postgress', hint: ' Did you mean "postgres"?' },
})
