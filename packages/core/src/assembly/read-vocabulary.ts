import { dirname } from 'node:path'

import type { ConfigVocabulary, Nameable } from '../config/schema/config-schema.js'
import { DocComments, type Describe } from '../config/schema/doc-comments.js'
import type { OfferKind } from '../discovery/package-manifests.js'
import { builtInSecretTypes } from '../config/secrets/built-in-secret-types.js'
import { withoutSecrets } from '../config/secrets/without-secrets.js'
import type { Class } from '../decorators/metadata.js'
import { readModule } from '../decorators/module.js'
import { readService } from '../decorators/service.js'
import { compiledFolder } from '../errors/compiled-folder.js'
import type { LokstraError } from '../errors/lokstra-error.js'
import { mountKinds } from '../mounts/mount-kinds.js'
import { formatters } from '../response/formatters/formatters.js'
import type { ServerOptions } from '../server/server-options.js'
import { collectClasses } from './collect-classes.js'
import { chooseService } from './configured-services.js'
import { chooseSecretType, isProvider } from './find-secret-type.js'
import { loadServerConfig } from './load-server-config.js'
import { ModuleLoader } from './load-modules.js'
import { Offers } from './offers.js'
import { Registry } from './registry.js'
import { chooseMiddleware } from './resolve-middleware.js'

/**
 * All that the configuration of a server can name: classes that it finds, what its code and its modules register, and what installed
 * packages offer. Other mistakes than those of YAML are passed over: a schema is wanted while the configuration is being written.
 * @param place  `file:line` where the server was created
 * @throws E_CONFIG_FILE, E_CONFIG_SYNTAX
 */
export async function readVocabulary(options: ServerOptions, place: string): Promise<ConfigVocabulary> {
  const passedOver: LokstraError[] = []
  const { loaded } = await loadServerConfig({ options, secrets: withoutSecrets, place, sources: [] })
  const registry = new Registry(passedOver, loaded.doubts)
  const offers = new Offers(loaded.folder, passedOver)
  const { files, modules } = await collectClasses({
    options,
    loaded,
    registry,
    modules: new ModuleLoader(registry),
    offers,
    place,
  })
  const { describe: describeOwn } = DocComments.ofCompiled(files)
  const { describe } = DocComments.ofFolder(compiledFolder)
  const services = await readOffered('services', offers, chooseService)
  for (const [name, type] of registry.types) if (!isProvider(type)) services.set(name, nameable(type, describeOwn))
  const secrets = await readOffered('secrets', offers, chooseSecretType)
  for (const [name, type] of builtInSecretTypes) secrets.set(name, nameable(type, describe))
  for (const [name, type] of registry.types) if (isProvider(type)) secrets.set(name, nameable(type, describeOwn))
  const middleware = await readOffered('middleware', offers, chooseMiddleware)
  for (const [name, source] of registry.middleware) middleware.set(name, nameable(source as Class, describeOwn))
  const config = (type: Class) => readModule(type)?.options.config
  return {
    modules: sorted(
      new Map(modules.map((type) => [type.name, { ...nameable(type, describeOwn), config: config(type) }])),
    ),
    services: sorted(services),
    secrets: sorted(secrets),
    middleware: sorted(middleware),
    mounts: new Map(
      Object.entries(mountKinds).map(([name, { description, config }]) => [name, { description, config, describe }]),
    ),
    controllers: [...new Set([...registry.controllers.keys(), ...offers.names('controllers')])].sort(),
    formatters: [...formatters.keys()],
    describe,
  }
}

async function readOffered(
  kind: OfferKind,
  offers: Offers,
  choose: (offered: readonly Class[], name: string) => Class | undefined,
): Promise<Map<string, Nameable>> {
  const found = new Map<string, Nameable>()
  for (const name of offers.names(kind)) {
    const offered = await offers.load(kind, name, '')
    const type = offered && choose(offered, name)
    const file = type && offers.fileOf(kind, name)
    if (file) found.set(name, nameable(type, DocComments.ofFolder(dirname(file)).describe))
  }
  return found
}

/** Of a function nothing is known but its name. */
function nameable(type: Class, describe: Describe): Nameable {
  return { description: describe(type), config: readService(type)?.options.config, describe }
}

function sorted<T>(byName: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  return new Map([...byName].sort(([a], [b]) => (a < b ? -1 : 1)))
}
