import { maxTimerMs } from '../../promises/max-timer-ms.js'
import { Duration, Field, Size } from '../../decorators/binding.js'
import { httpVerbs, type HttpVerb } from '../../decorators/route.js'
import {
  Allow,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  ValidateNested,
} from '../../validation/class-validator.js'
import type { ConfigPath, Locate } from '../tree/config-path.js'
import { CallsConfig, ExternalConfig } from './calls-config.js'
import { listenAddressPattern } from './listen-address.js'
import { TlsConfig } from './tls-config.js'

/** A middleware or mount that is named, with configuration that its own class checks later; empty where only the name is given. */
export interface NamedConfig {
  readonly name: string
  readonly config: Readonly<Record<string, unknown>>
  /** Leads to its configuration, whether any is written or not. */
  readonly at: ConfigPath
  /** The same as errors write it: `apps.api.middleware[0].cors`. */
  readonly label: string
  /** Places of the configuration's values; of the entry for an empty path. */
  readonly locate: Locate
}

/** What stands under `middleware`, outermost first. */
export interface MiddlewareConfig {
  /** Drops what is further out. */
  readonly override: boolean
  readonly refs: readonly NamedConfig[]
}

/** One entry of `services`; `config` is all but `type` and `dependsOn`, and is checked later by the class of that type. */
export interface ServiceConfig {
  readonly type: string
  /** Names of services that start before it, beside those that it injects. */
  readonly dependsOn: readonly string[]
  readonly config: Readonly<Record<string, unknown>>
  readonly locate: Locate
}

/** What the application allows a module. What is left out is not allowed. */
export class ModuleAllowance {
  /** Register services. Default false. */
  @IsBoolean() services = false
  /** Register middleware. Default false. */
  @IsBoolean() middleware = false
  /** Register controllers. Default false. */
  @IsBoolean() controllers = false
  /** Names of services and classes that it may inject; `cache*` allows every name that starts so. Default none. */
  @Allow() @Field({ type: () => String }) inject: string[] = []
}

export interface ModuleConfig {
  /** Package, or name of a module class that was found. */
  readonly use: string
  /** Undefined allows what the module declares. */
  readonly allow: ModuleAllowance | undefined
  /** Checked later by the class that the module names. */
  readonly config: Readonly<Record<string, unknown>>
  /** Leads to the entry. */
  readonly at: ConfigPath
  readonly locate: Locate
}

/** Bounds of what one request, and one address, may bring. */
export class LimitsConfig {
  /** Bytes of a body, after decompression. Default 1 MiB. */
  @Size() @IsInt() @Min(0) body = 1024 * 1024
  /** Levels of nesting in a body or query. Default 32. */
  @IsInt() @Min(1) @Max(1_000) depth = 32
  /** Keys of one JSON object, of a query or of a form. Default 1,000. */
  @IsInt() @Min(1) keys = 1_000
  /** Items of one array of JSON, or list of a query or form. Default 10,000. */
  @IsInt() @Min(1) items = 10_000
  /** Bytes of all headers together. Default 16 KiB. */
  @Size() @IsInt() @Min(1_024) headers = 16 * 1024
  /** Headers of one request. Default 100. */
  @IsInt() @Min(1) @Max(10_000) headerCount = 100
  /** Connections to the address at one time; what comes beyond them is closed at once. 0 for no limit (default). */
  @IsInt() @Min(0) connections = 0
  /** Requests that one connection is used for before its client is asked to open another. 0 for no limit (default). */
  @IsInt() @Min(0) requestsPerConnection = 0
}

/** In milliseconds. */
export class TimeoutsConfig {
  /** Until all headers have arrived. Default 30 s. */
  @Duration() @IsInt() @Min(1) @Max(maxTimerMs) headers = 30_000
  /** Until the whole request has arrived. Default 60 s. */
  @Duration() @IsInt() @Min(1) @Max(maxTimerMs) request = 60_000
  /** Until a handler's answer is there; then the request is answered with 503. 0 for no limit. Default 30 s. */
  @Duration() @IsInt() @Min(0) @Max(maxTimerMs) handler = 30_000
  /** How long an idle connection is kept. Default 65 s, longer than most load balancers keep theirs. */
  @Duration() @IsInt() @Min(1) @Max(maxTimerMs) keepAlive = 65_000
}

export class ShutdownConfig {
  /** Milliseconds between readiness turning red and the end of listening. Default 0. */
  @Duration() @IsInt() @Min(0) @Max(maxTimerMs) drainDelay = 0
  /** Milliseconds that requests under way may take to end. Default 30 s. */
  @Duration() @IsInt() @Min(0) @Max(maxTimerMs) timeout = 30_000
  /** Milliseconds that a connection must have been quiet before it is closed unasked. Default 500 ms. */
  @Duration() @IsInt() @Min(0) @Max(maxTimerMs) idle = 500
}

/** How a running server learns of a new configuration. */
export class ReloadConfig {
  /** Whether changed files are read again at once. Default: in the environment `development`, when `Lokstra.run` or `lokstra start` runs it. */
  @IsOptional() @IsBoolean() watch?: boolean
}

/** A further place of a handler. */
export class RouteConfig {
  /** Default GET; ALL for every verb that has no route of its own on the path. */
  @IsIn([...httpVerbs, 'ALL']) verb: HttpVerb | 'ALL' = 'GET'
  /** Below the prefixes of app and groups; that of the controller does not count. Default the prefix itself. */
  @IsString() @Matches(/^(?:|\/[^?#]*)$/, { message: '$property must start with / and hold no ? or #' }) path = ''
  /** A controller and its method: `TodoController.list`. The method has a verb, or `@Handler()`. */
  @IsString()
  @Matches(/^[^.\s]+\.[^.\s]+$/, { message: '$property must be a class and its method, such as TodoController.list' })
  handler!: string
  /** Inside that of the groups, around that of the controller. Default none. */
  @Allow() middleware: MiddlewareConfig = { override: false, refs: [] }
  /** Drops the middleware of server, app and groups. Default false. */
  @IsBoolean() override = false
  /** Milliseconds until the request is answered with 503, 0 for none. Default: that of the method, or of the app. */
  @IsOptional() @Duration() @IsInt() @Min(0) @Max(maxTimerMs) handlerTimeout?: number
  /** Of a plain returned value. Default: that of `@Returns`, or 200. */
  @IsOptional() @IsInt() @Min(200) @Max(399) status?: number
}

/** Controllers and routes below a prefix of their own. Groups nest. */
export class GroupConfig {
  /** Put in front of every path of the group. Default none. */
  @IsString() @Matches(/^(?:|\/[^?#*]*)$/, { message: '$property must start with / and hold no ?, # or *' }) prefix = ''
  /** Class names, or names that an installed package offers. Default none; for the only app, every controller that was found. */
  @IsOptional() @Field({ type: () => String }) controllers?: string[]
  /** Further places of handlers. Default none. */
  @Field({ type: () => RouteConfig }) @ValidateNested({ each: true }) routes: RouteConfig[] = []
  /** Below this prefix and inside this middleware. Default none. */
  @Field({ type: () => GroupConfig }) @ValidateNested({ each: true }) groups: GroupConfig[] = []
  /** Inside that of what is around the group. Default none. */
  @Allow() middleware: MiddlewareConfig = { override: false, refs: [] }
  /** Drops the middleware of what is around the group. Default false. */
  @IsBoolean() override = false
}

/** One address with what is served on it. */
export class AppConfig extends GroupConfig {
  /** Unique in the server. */
  @IsString() @IsNotEmpty() name!: string

  /** `:3000` (default), `127.0.0.1:3000`, `[::1]:3000` or `unix:/run/app.sock`; port 0 lets the system choose. */
  @IsString()
  @Matches(listenAddressPattern, {
    message: '$property must be an address such as ":3000", "127.0.0.1:3000", "[::1]:3000" or "unix:/run/app.sock"',
  })
  listen = ':3000'

  /** Serves HTTPS with these certificates. Default none: HTTP in the clear. */
  @IsOptional() @ValidateNested() tls?: TlsConfig

  /** Speaks HTTP/2 besides HTTP/1.1: agreed on by ALPN with TLS, by prior knowledge without. Default false. */
  @IsBoolean() http2 = false

  /** Services whose operations other servers may call here, by the names of their classes or their own. Default none. */
  @Field({ type: () => String }) publish: string[] = []

  /** Permissions of a unix socket, as octal digits in quotes such as `'660'`. Default: what the umask of the process leaves. */
  @IsOptional()
  @Matches(/^0?[0-7]{3}$/, { message: '$property must be octal digits in quotes, such as "660"' })
  socketMode?: string

  /** Files and single-page applications, by kind. Default none. */
  @Allow() @Field({ type: () => Object }) mounts: readonly NamedConfig[] = []

  /** `lokstra` (default), `classic`, `plain` or `problem`; code may give an app a formatter of its own. */
  @IsString() @IsNotEmpty() formatter = 'lokstra'

  /** What happens to body keys that the DTO does not declare. Default `drop`. */
  @IsIn(['drop', 'reject']) unknownKeys: 'drop' | 'reject' = 'drop'

  /** What one request may bring. */
  @ValidateNested() limits: LimitsConfig = new LimitsConfig()
  /** How long a request and its connection may take. */
  @ValidateNested() timeouts: TimeoutsConfig = new TimeoutsConfig()
}

/** All that configuration says of a server. */
export class ServerConfig {
  /** Of the server, in the log. Default `app`. */
  @IsString() @IsNotEmpty() name = 'app'
  /** Patterns of compiled files whose exported classes are used, from the folder of the configuration. Default none. */
  @Allow() @Field({ type: () => String }) discover: string[] = []
  /** Packages that register services, middleware and controllers. Default none. */
  @Allow() @Field({ type: () => Object }) modules: readonly ModuleConfig[] = []
  /** Where `${secret:name:key}` is looked up, by name. Default `env` and `file`, which need no entry. */
  @Allow() secrets: Readonly<Record<string, unknown>> = {}
  /** Services by name; each has a `type` and the configuration of that type. Default none. */
  @Allow() services: Readonly<Record<string, ServiceConfig>> = {}
  /** Around every app. Default none. */
  @Allow() middleware: MiddlewareConfig = { override: false, refs: [] }
  /** One for each address, or several that share one. Default: one app named `app` on `:3000`. */
  @Field({ type: () => AppConfig }) @ValidateNested({ each: true }) apps: AppConfig[] = []
  /**
   * By name: what holds for the servers of each, and under `servers` what holds for one of them. The chosen one is laid over the rest
   * of the configuration before it is read, so that nothing stands here. Default none.
   */
  @IsOptional() @Allow() @Field({ type: () => Object }) deployments?: Readonly<Record<string, unknown>>
  /** How services of other servers are called, and how calls of this one are answered. */
  @ValidateNested() calls: CallsConfig = new CallsConfig()
  /** Services of other systems, by the names of the classes that describe them. Default none. */
  @Field({ type: () => ExternalConfig }) @ValidateNested({ each: true }) external: Map<string, ExternalConfig> =
    new Map<string, ExternalConfig>()
  /** How the server stops. */
  @ValidateNested() shutdown: ShutdownConfig = new ShutdownConfig()
  /** How a running server learns of a new configuration. */
  @ValidateNested() reload: ReloadConfig = new ReloadConfig()
}
