import type { ServiceRegistration } from '../container/service-definition.js'
import type { Class } from '../decorators/metadata.js'
import type { HttpVerb } from '../decorators/route.js'
import type { MiddlewareRef } from '../decorators/middleware.js'
import type { ModuleClass } from '../decorators/module.js'
import type { MiddlewareFunction } from '../middleware/middleware.js'
import type { Mount } from '../mounts/mount.js'
import type { Formatter } from '../response/formatters/formatter.js'

/** A further place of a handler. */
export interface GroupRoute {
  /** Default GET; ALL for every verb that has no route of its own on the path. */
  readonly verb?: HttpVerb | 'ALL'
  /** Below the prefixes of app and groups; that of the controller does not count. Default: the prefix itself. */
  readonly path?: string
  /** A controller and the name of its method, which has a verb or `@Handler()`. */
  readonly handler: readonly [Class, string]
  /** Inside that of the groups, around that of the controller. */
  readonly middleware?: readonly MiddlewareRef[]
  /** Drops the middleware of server, app and groups. Default false. */
  readonly override?: boolean
  /** Milliseconds, or text such as `30s`; 0 for none. Default: that of the method, or of the app. */
  readonly handlerTimeout?: number | string
  /** Of a plain returned value. Default: that of `@Returns`, or 200. */
  readonly status?: number
}

/** Controllers and routes below a prefix of their own, with middleware of their own. Groups nest. */
export interface GroupOptions {
  readonly prefix?: string
  readonly middleware?: readonly MiddlewareRef[]
  /** Drops the middleware of server, app and outer groups. Default false. */
  readonly override?: boolean
  readonly controllers?: readonly Class[]
  readonly routes?: readonly GroupRoute[]
  readonly groups?: readonly GroupOptions[]
}

/** One app: its address, its controllers, and what holds for all of its requests. */
export interface AppOptions extends GroupOptions {
  /** Default `app`. Must be unique in the server. */
  readonly name?: string
  /** `:3000` (default), `127.0.0.1:3000`, `[::1]:3000` or `unix:/run/app.sock`; port 0 lets the system choose. */
  readonly listen?: string
  /** Serves HTTPS. Files are PEM, relative to the server's folder. */
  readonly tls?: {
    readonly cert: string
    readonly key: string
    /** Authorities of client certificates. */
    readonly ca?: string
    readonly passphrase?: string
    /** Default `none`. */
    readonly clientCertificate?: 'none' | 'request' | 'require'
    /** Default `TLSv1.2`. */
    readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
  }
  /** HTTP/2 besides HTTP/1.1. Default false. */
  readonly http2?: boolean
  /** Permissions of a unix socket as octal digits, such as `660`. */
  readonly socketMode?: string
  /** Services whose operations other servers may call here, by class or name. */
  readonly publish?: readonly (Class | string)[]
  readonly mounts?: readonly (Mount | Readonly<Record<string, object>>)[]
  /** `lokstra` (default), `classic`, `plain`, `problem`, or one of your own. */
  readonly formatter?: string | Formatter
  /** What happens to body keys that the DTO does not declare. Default `drop`. */
  readonly unknownKeys?: 'drop' | 'reject'
  /** `body` and `headers` in bytes or as text such as `1MiB`; the others as numbers. */
  readonly limits?: {
    readonly body?: number | string
    readonly headers?: number | string
    readonly depth?: number
    readonly keys?: number
    readonly items?: number
    readonly headerCount?: number
    readonly connections?: number
    readonly requestsPerConnection?: number
  }
  /** In milliseconds or as text such as `30s`. */
  readonly timeouts?: {
    readonly headers?: number | string
    readonly request?: number | string
    /** Until a handler's answer is there; then the request is answered with 503. 0 for no limit. Default 30 s. */
    readonly handler?: number | string
    readonly keepAlive?: number | string
  }
}

/** A module with what its class is constructed with. */
export interface ConfiguredModule {
  readonly use: Class<ModuleClass>
  readonly config: object
}

/** A server in code. With `file` the code adds to what the configuration says. */
export interface ServerOptions {
  readonly name?: string
  /** Path of a YAML configuration, or of a folder with a `lokstra.yaml` or a `config/`. */
  readonly file?: string
  /** Which environment files are read. Default: LOKSTRA_ENV, else NODE_ENV, else `development`. */
  readonly environment?: string
  /** The server of a deployment, such as `shop.users`. Default: everything runs in one process. */
  readonly server?: string
  /** Values over those of files and variables, such as `apps.api.listen=:4000`; a later one counts. */
  readonly set?: readonly string[]
  /** What relative paths start from. Default: the folder of `file`, or the working folder. */
  readonly folder?: string
  /** Where `${VAR}` and `LOKSTRA__…` are looked up. Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv
  /** Laid over the configuration, key by key; lists are replaced. */
  readonly config?: object
  /** Patterns of files whose exported classes are used. */
  readonly discover?: readonly string[]
  readonly services?: readonly ServiceRegistration[]
  /** Around every app. */
  readonly middleware?: readonly MiddlewareRef[]
  /** Middleware functions by name, for `@Middleware('name')` and the configuration. */
  readonly namedMiddleware?: Readonly<Record<string, MiddlewareFunction>>
  readonly modules?: readonly (Class<ModuleClass> | ConfiguredModule)[]
  readonly apps?: readonly AppOptions[]
  /** Every TCP address becomes a free port of 127.0.0.1. For tests. Default false. */
  readonly freePorts?: boolean
  readonly shutdown?: {
    /** Time between readiness turning red and the end of listening. Default 0. */
    readonly drainDelay?: number | string
    /** Time that requests under way may take to end. Default 30 s. */
    readonly timeout?: number | string
    /** Time that a connection must have been quiet before it is closed unasked. Default 500 ms. */
    readonly idle?: number | string
  }
}
