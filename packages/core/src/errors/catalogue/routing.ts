import { defineError } from '../lokstra-error.js'

export const E_ROUTE_DUPLICATE = defineError<{ verb: string; path: string; first: string; second: string }>({
  code: 'E_ROUTE_DUPLICATE',
  when: 'Two operations on one address have the same verb and the same path, parameter names aside.',
  message: ({ verb, path, first, second }) => `${verb} ${path} is declared by ${first} and by ${second}`,
  fix: () => 'Rename one path, or give one app or controller a prefix.',
  example: { verb: 'GET', path: '/users/:id', first: 'UserController.show', second: 'AdminController.user' },
})

export const E_ROUTE_SHADOWED = defineError<{ route: string; by: string; sample: string }>({
  code: 'E_ROUTE_SHADOWED',
  when: 'A route can never be reached, because another one answers all of its paths first.',
  message: ({ route, by, sample }) => `${route} can never be reached: ${sample} is answered by ${by}`,
  fix: () => 'Remove one of the two, or change its path.',
  example: { route: 'GET /files/*', by: 'GET /files/:path(.*)', sample: 'GET /files/a' },
})

export const E_ROUTE_PATH = defineError<{ path: string; reason: string }>({
  code: 'E_ROUTE_PATH',
  when: 'A path cannot be routed.',
  message: ({ path, reason }) => `The path "${path}" cannot be routed: ${reason}`,
  fix: () => 'Write paths as /todos/:id, with * only at the end, and each parameter name once.',
  example: { path: '/todos/:id/:id', reason: 'the parameter "id" occurs twice' },
})

export const E_HANDLER_PARAMETERS = defineError<{ handler: string; reason: string }>({
  code: 'E_HANDLER_PARAMETERS',
  when: 'A handler takes something other than one DTO and the Context.',
  message: ({ handler, reason }) => `${handler} cannot be called: ${reason}`,
  fix: () => 'A handler takes nothing, a DTO class, a Context, or both in either order.',
  example: { handler: 'TodoController.show', reason: 'parameter 1 is a String' },
})

export const E_NOT_AN_OPERATION = defineError<{ decorator: string; method: string }>({
  code: 'E_NOT_AN_OPERATION',
  when: 'A method of a controller has a decorator of operations and no verb, so that the decorator does nothing.',
  message: ({ decorator, method }) => `${method} has ${decorator} and is no operation`,
  fix: ({ decorator }) => `Put @Get, @Post … or @Handler on it, or remove ${decorator}.`,
  example: { decorator: '@Returns', method: 'TodoController.find' },
})

export const E_THROWS_TYPE = defineError<{ handler: string; type: string; reason: string }>({
  code: 'E_THROWS_TYPE',
  when: '@Throws names something whose status and code for clients cannot be read.',
  message: ({ handler, type, reason }) => `@Throws of ${handler} names ${type}, ${reason}`,
  fix: () =>
    'Name a class that extends HttpError and can be constructed without arguments, such as class OutOfStock extends ConflictError; or give it `static status` and `static code`.',
  example: { handler: 'OrderController.place', type: 'OutOfStock', reason: 'which is no HttpError' },
})

export const E_HANDLER_TIMEOUT_VALUE = defineError<{ handler: string; value: unknown }>({
  code: 'E_HANDLER_TIMEOUT_VALUE',
  when: 'The handler timeout of an operation is no duration, or longer than a timer of Node can be.',
  message: ({ handler, value }) =>
    `The handler timeout of ${handler} is ${typeof value === 'string' ? JSON.stringify(value) : String(value)}, which is no duration up to 24 days`,
  fix: () =>
    "Write a number of milliseconds, or text with a unit such as '500ms', '30s' or '2m', up to '24d'; 0 for no limit.",
  example: { handler: 'ReportController.build', value: '30 sheep' },
})

export const E_PROBE = defineError<{ handler: string; reason: string }>({
  code: 'E_PROBE',
  when: 'An operation says that it is a probe, and cannot be asked as one.',
  message: ({ handler, reason }) => `${handler} is to say whether the server is ready, and ${reason}`,
  fix: () =>
    'A probe sends GET to a fixed path: give the option probe to an operation with @Get whose path, prefixes too, has no parameters.',
  example: { handler: 'StatusController.ready', reason: 'answers POST' },
})

export const E_HANDLER_UNKNOWN = defineError<{ handler: string; hint: string }>({
  code: 'E_HANDLER_UNKNOWN',
  when: 'A route names a handler whose class was not found, or has no such method.',
  message: ({ handler, hint }) => `There is no handler ${handler}.${hint}`,
  fix: () =>
    'Name the class and its method, such as TodoController.list; export the class from a file that a pattern under discover matches.',
  example: { handler: 'TodoController.lst', hint: ' Did you mean "TodoController.list"?' },
})

export const E_HANDLER_UNDECLARED = defineError<{ handler: string }>({
  code: 'E_HANDLER_UNDECLARED',
  when: 'A route names a method without a decorator, of which the compiled code does not know the types of its parameters.',
  message: ({ handler }) => `${handler} is routed and has no decorator, so that nobody knows what it takes`,
  fix: () => 'Put @Handler() on the method.',
  example: { handler: 'TodoController.archive' },
})

export const E_CONTROLLER_UNKNOWN = defineError<{ app: string; name: string; hint: string }>({
  code: 'E_CONTROLLER_UNKNOWN',
  when: 'An app lists a controller that was not found.',
  message: ({ app, name, hint }) => `The app ${app} lists the controller ${name}, which was not found.${hint}`,
  fix: () => 'Export the class with @Route from a file that a pattern under discover matches.',
  example: { app: 'api', name: 'TodoControler', hint: ' Did you mean "TodoController"?' },
})

export const E_NOT_A_CONTROLLER = defineError<{ name: string; missing: string }>({
  code: 'E_NOT_A_CONTROLLER',
  when: 'A class is listed as a controller and has no @Route, or no operation.',
  message: ({ name, missing }) => `${name} is listed as a controller but has ${missing}`,
  fix: () => 'Put @Route(prefix) on the class and @Get, @Post … on its methods.',
  example: { name: 'TodoService', missing: 'no @Route' },
})

export const E_MIDDLEWARE_UNKNOWN = defineError<{ name: string; hint: string }>({
  code: 'E_MIDDLEWARE_UNKNOWN',
  when: 'A middleware is named that was not found.',
  message: ({ name, hint }) => `There is no middleware "${name}".${hint}`,
  fix: () =>
    'Install the package that offers it, such as @lokstra/middleware, or export a @Service class with a handle(ctx, next) method from a discovered file.',
  example: { name: 'requestLoger', hint: ' Did you mean "requestLogger"?' },
})

export const E_MIDDLEWARE_LEVEL = defineError<{ name: string; level: string; levels: string }>({
  code: 'E_MIDDLEWARE_LEVEL',
  when: 'A middleware is attached at a level where it cannot work.',
  message: ({ name, level, levels }) =>
    `The middleware ${name} is attached at the level ${level} and works only at: ${levels}`,
  fix: ({ name }) => `Attach ${name} to the app or the server.`,
  example: { name: 'cors', level: 'controller', levels: 'server, app' },
})

export const E_MIDDLEWARE_INVALID = defineError<{ name: string; reason: string }>({
  code: 'E_MIDDLEWARE_INVALID',
  when: 'What is attached as middleware is none.',
  message: ({ name, reason }) => `${name} cannot be used as middleware: ${reason}`,
  fix: () => 'Middleware is a function (ctx, next), or a @Service class with a handle(ctx, next) method.',
  example: { name: 'TodoService', reason: 'it has no handle method' },
})

export const E_NEXT_TWICE = defineError<{ middleware: string }>({
  code: 'E_NEXT_TWICE',
  when: 'A middleware calls next() a second time for one request.',
  message: ({ middleware }) => `The middleware ${middleware} called next() twice`,
  fix: () => 'Keep what the first call returned and use it again.',
  example: { middleware: 'retry' },
})

export const E_OUTCOME_DROPPED = defineError<{ route: string }>({
  code: 'E_OUTCOME_DROPPED',
  when: 'A handler, or middleware, gave a result, and a middleware around it called next() and returned nothing.',
  message: ({ route }) => `A middleware of ${route} returned nothing although what it called with next() gave a result`,
  fix: () =>
    'Return what next() gave: return next(). To answer without a body on purpose, return ctx.noContent() instead.',
  example: { route: 'GET /todos' },
})

export const E_FORMATTER_UNKNOWN = defineError<{ app: string; name: string; hint: string }>({
  code: 'E_FORMATTER_UNKNOWN',
  when: 'An app names a formatter that does not exist.',
  message: ({ app, name, hint }) => `The app ${app} names the formatter "${name}", which does not exist.${hint}`,
  fix: () => 'Choose lokstra, classic, plain or problem, or pass your own Formatter object in code.',
  example: { app: 'api', name: 'problems', hint: ' Did you mean "problem"?' },
})

export const E_FORMATTER_INVALID = defineError<{ app: string; reason: string }>({
  code: 'E_FORMATTER_INVALID',
  when: 'What an app is given as its formatter is none.',
  message: ({ app, reason }) => `The formatter of the app ${app} cannot be used: ${reason}`,
  fix: () =>
    'Give an object with the functions success(payload) and error(payload), made with new where they are of a class; or the name lokstra, classic, plain or problem.',
  example: { app: 'api', reason: 'it has no function error' },
})

export const E_MOUNT_UNKNOWN = defineError<{ kind: string; hint: string }>({
  code: 'E_MOUNT_UNKNOWN',
  when: 'An entry under mounts is not a map with one known kind.',
  message: ({ kind, hint }) => `There is no mount "${kind}".${hint}`,
  fix: () =>
    'Write one kind for each entry: { static: { prefix, dir } }, { spa: { prefix, dir } } or { proxy: { prefix, target } }.',
  example: { kind: 'sap', hint: ' Did you mean "spa"?' },
})

export const E_APP_UNKNOWN = defineError<{ app: string; hint: string }>({
  code: 'E_APP_UNKNOWN',
  when: '`lokstra why route` or `Server.explainRoute` is asked about an app that the server does not run.',
  message: ({ app, hint }) => `There is no app ${app}.${hint}`,
  fix: () => 'Name one of the apps of the configuration.',
  example: { app: 'ap', hint: ' Did you mean "api"?' },
})
