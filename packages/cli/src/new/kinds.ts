import type { NameRules, Names } from './names.js'

/** Something that `lokstra new` writes from the folder of that name in `templates/new`. */
export interface Kind extends NameRules {
  readonly name: string
  readonly description: string
  /** What its author does next. */
  readonly next: (names: Names) => string
}

export const kinds: readonly Kind[] = [
  {
    name: 'controller',
    description: 'a class that answers requests below a path, and its test',
    suffix: 'Controller',
    next: ({ type }) => `Add it to an app of lokstra.yaml: controllers: [${type}Controller]`,
  },
  {
    name: 'service',
    description: 'a class that others inject, and its test',
    suffix: 'Service',
    next: ({ type, variable }) =>
      `Inject it where it is needed: constructor(private readonly ${variable}: ${type}Service) {}`,
  },
  {
    name: 'middleware',
    description: 'a class around requests, with its configuration and test',
    suffix: 'Middleware',
    folder: 'middleware',
    next: ({ type, variable }) =>
      `Attach it in lokstra.yaml: middleware: [${variable}], or in code: @Middleware(${type}Middleware)`,
  },
  {
    name: 'dto',
    description: 'classes that say what requests hold, and their test',
    suffix: 'Dto',
    next: ({ type }) => `Name it where a handler takes it: create(input: Create${type})`,
  },
  {
    name: 'module',
    description: 'a class that registers what belongs together, and its test',
    suffix: 'Module',
    namesArea: true,
    next: ({ type }) =>
      `Add it to lokstra.yaml: modules: [${type}Module]; an app that lists controllers names its ${type}StatusController too`,
  },
  {
    name: 'job',
    description: 'a service whose run() does work apart from requests, and its test',
    suffix: 'Job',
    folder: 'jobs',
    next: ({ type }) => `Inject ${type}Job into what starts it, and call run()`,
  },
]
