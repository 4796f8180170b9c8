/** The folders of packages/core/src, lowest layer first. A folder imports from its own layer and from lower ones. */
const coreLayers = [
  ['secrecy', 'promises', 'objects', 'files', 'http', 'codegen'],
  ['errors', 'logging'],
  ['decorators'],
  ['validation'],
  ['contract'],
  ['context', 'response', 'binding', 'transactions'],
  ['middleware', 'routing', 'container', 'mounts'],
  ['config', 'discovery', 'compatibility'],
  ['calls'],
  ['assembly', 'reload', 'server'],
  ['topology'],
  ['testing'],
]

/** The folders of packages/core/src/config, in the same way. What stands beside them uses them all. */
const configLayers = [
  ['tree', 'classes'],
  ['bind'],
  ['files'],
  ['layers'],
  ['secrets'],
  ['placeholders'],
  ['view', 'schema'],
]

/** Each library is imported in one place, behind our own contract. What is called through `createRequire` is not seen from here. */
const libraries = {
  '@electric-sql/pglite': 'packages/services/src/postgres/embedded/pglite-server\\.ts',
  '@electric-sql/pglite-socket': 'packages/services/src/postgres/embedded/pglite-server\\.ts',
  '@clack/prompts': 'packages/cli/src/init/',
  '@openfeature/server-sdk': 'packages/services/src/feature-flags/',
  '@nats-io/transport-node': 'packages/services/src/nats/nats-link\\.ts',
  '@fastify/send': 'packages/core/src/response/',
  bytes: 'packages/core/src/contract/units\\.ts',
  chokidar: 'packages/(core/src/reload/file-watch|cli/src/dev/source-watch)\\.ts',
  'class-transformer': 'packages/(core/src/contract/transformer-metadata\\.ts|cli/src/dev/rehearsal/)',
  commander: 'packages/cli/src/',
  cookie: 'packages/core/src/(context|response)/',
  'fast-querystring': 'packages/core/src/binding/parse-pairs\\.ts',
  'find-my-way': 'packages/core/src/routing/find-my-way-tree\\.ts',
  fresh: 'packages/core/src/response/',
  'light-my-request': 'packages/core/src/testing/inject\\.ts',
  ms: 'packages/core/src/contract/units\\.ts',
  pg: 'packages/services/src/postgres/',
  'pg-connection-string': 'packages/services/src/postgres/connection\\.ts',
  pino: 'packages/services/src/logger/',
  'pino-pretty': 'packages/services/src/logger/',
  'prom-client': 'packages/services/src/metrics/registry\\.ts',
  'redos-detector': 'packages/core/src/validation/check-patterns\\.ts',
  'reflect-metadata': 'packages/core/src/decorators/reflect-metadata\\.ts',
  'secure-json-parse': 'packages/core/src/binding/body-parsers/json\\.ts',
  tinyglobby: 'packages/core/src/discovery/',
  tsyringe: 'packages/core/src/container/container\\.ts',
  undici: 'packages/core/src/calls/http/undici-pool\\.ts',
  vary: 'packages/middleware/src/cors/',
  yaml: 'packages/core/src/(config/(files|view)/|secrecy/yaml-secrets\\.ts)',
}

const either = (names) => `(?:${names.join('|')})`
const inCore = (folders) => `^packages/core/src/${either(folders)}/`
const inConfig = (folders) => `^packages/core/src/config/${either(folders)}/`

/** One rule for each layer but the highest. */
const inOrder = (name, layers, inFolders) =>
  layers.slice(0, -1).map((layer, index) => ({
    name: `${name}-${layer.join('-')}`,
    comment: `${layer.join(', ')} must not run code of a higher layer. Types may be named: they leave nothing behind at run time.`,
    severity: 'error',
    from: { path: inFolders(layer) },
    to: { path: inFolders(layers.slice(index + 1).flat()), dependencyTypesNot: ['type-only'] },
  }))

const libraryPlaces = Object.entries(libraries).map(([library, place]) => ({
  name: `library-${library.replaceAll('/', '-')}`,
  comment: `${library} is imported in ${place} only, so that it can be replaced there.`,
  severity: 'error',
  from: { path: '^packages/[^/]+/src/', pathNot: `^${place}` },
  to: { path: `(?:^|/)node_modules/(?:@types/)?${library}/` },
}))

/** Decorators of class-validator are on the config classes of other packages, as on those of users; eslint.config.js restricts the rest. */
const classValidatorPlace = {
  name: 'library-class-validator',
  comment: 'Core loads single modules of class-validator, in one file: its index takes 80 ms and 15 MB.',
  severity: 'error',
  from: { path: '^packages/core/src/', pathNot: '^packages/core/src/validation/class-validator\\.ts' },
  to: { path: '(?:^|/)node_modules/class-validator/', dependencyTypesNot: ['type-only'] },
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycle',
      comment:
        'A cycle leaves a decorated class undefined at the moment it is named. Types are exempt: they are erased.',
      severity: 'error',
      // One fixture is a cycle on purpose: the error that a user gets for it is tested.
      from: { pathNot: '^test/fixtures/discovery/cycle/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-type-cycle',
      comment: 'What plans calls is read one way, types too: what several files of it share has a file of its own.',
      severity: 'error',
      from: { path: '^packages/core/src/assembly/calls/' },
      to: { path: '^packages/core/src/assembly/calls/', circular: true },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared-dependencies',
      comment: 'What a package imports stands in its own package.json, not only in the root.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/' },
      to: {
        // An optional peer of services, which the root installs for the tests.
        pathNot: '(?:^|/)node_modules/@electric-sql/',
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'core-stands-alone',
      severity: 'error',
      from: { path: '^packages/core/' },
      to: { path: '^packages/(?!core/(src|node_modules)/)' },
    },
    {
      name: 'packages-on-core',
      comment: 'services, middleware and cli know core and not one another; deployments choose what they need.',
      severity: 'error',
      from: { path: '^packages/(services|middleware|cli)/' },
      to: { path: '^packages/', pathNot: '^packages/(core|$1)/' },
    },
    {
      name: 'front-door',
      comment:
        'Another package is imported by name, through what its package.json exports, never by a path into its sources.',
      severity: 'error',
      from: { path: '^(packages/[^/]+|samples/[^/]+|test|bench)/' },
      to: { path: '^(packages|samples)/[^/]+/src/', pathNot: '^$1/' },
    },
    {
      name: 'packages-without-samples',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '(^|/)samples/' },
    },
    {
      name: 'product-without-tests',
      severity: 'error',
      from: { path: '^(packages|samples)/', pathNot: '^samples/[^/]+/test/' },
      to: { path: '^test/' },
    },
    {
      name: 'nothing-on-bench',
      comment: 'Only its own tests know the benchmark.',
      severity: 'error',
      from: { pathNot: '^(bench|test/bench)/' },
      to: { path: '^bench/' },
    },
    {
      name: 'bench-on-core',
      comment: 'What is measured is what users get: core, through its door. Types of what has no door may be named.',
      severity: 'error',
      from: { path: '^bench/' },
      to: {
        path: '^(packages|samples|test)/',
        pathNot: '^packages/core/dist/index\\.js$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'core-folder-has-a-layer',
      comment: 'A new folder of core is entered in coreLayers above.',
      severity: 'error',
      from: { path: '^packages/core/src/[^/]+/', pathNot: inCore(coreLayers.flat()) },
      to: {},
    },
    {
      name: 'core-index-is-a-door',
      comment:
        'The index is for users. Inside core, files are imported directly, or everything would depend on everything.',
      severity: 'error',
      from: { path: '^packages/core/src/', pathNot: '^packages/core/src/testing/' },
      to: { path: '^packages/core/src/index\\.ts$' },
    },
    {
      name: 'config-folder-has-a-layer',
      comment: 'A new folder of config is entered in configLayers above.',
      severity: 'error',
      from: { path: '^packages/core/src/config/[^/]+/', pathNot: inConfig(configLayers.flat()) },
      to: {},
    },
    ...inOrder('core', coreLayers, inCore),
    ...inOrder('config', configLayers, inConfig),
    ...libraryPlaces,
    classValidatorPlace,
  ],
  options: {
    doNotFollow: { path: ['node_modules', '(^|/)dist/'] },
    exclude: {
      path: [
        '^(packages/[^/]+|samples/[^/]+|test|bench)/dist/.*\\.(map|d\\.ts)$',
        '^coverage/',
        '^test/fixtures/broken/',
        // Projects of their own, which choose what they need.
        '^packages/cli/templates/',
      ],
    },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    tsConfig: { fileName: 'tsconfig.base.json' },
    moduleSystems: ['es6', 'cjs'],
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['main', 'types'],
    },
  },
}
