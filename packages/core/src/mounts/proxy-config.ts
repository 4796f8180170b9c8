import { IsServerUrl } from '../contract/is-server-url.js'
import { senderHeaders } from '../http/sender-headers.js'
import { unfitHeader } from '../http/unfit-header.js'
import { maxTimerMs } from '../promises/max-timer-ms.js'
import { Duration, Field, Size } from '../decorators/binding.js'
import {
  IsBoolean,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateNested,
  type ValidationArguments,
} from '../validation/class-validator.js'
import { isNetwork } from './networks.js'

const address = /^[\dA-Fa-f.:]+(?:\/\d{1,3})?$/
const networks = {
  each: true,
  message: 'each value in $property must be an address or network such as 10.0.0.0/8',
}
const headerName = /^[\w!#$%&'*+.^`|~-]+$/

function AreHeaders(): PropertyDecorator {
  const complaintOf = (headers: unknown) => {
    // While rules are checked it may still be something else.
    if (!(headers instanceof Map)) return undefined
    for (const [name, value] of headers as Map<string, string>) {
      const reason = senderHeaders.get(name.toLowerCase()) ?? unfitHeader(name, value)
      if (reason !== undefined) return `"${name}" ${reason}`
    }
    return undefined
  }
  return ValidateBy({
    name: 'areHeaders',
    validator: {
      validate: (value) => complaintOf(value) === undefined,
      defaultMessage: (args?: ValidationArguments) => `$property must be headers: ${complaintOf(args!.value) ?? ''}`,
    },
  })
}

/** Headers of the request that the other server gets. */
export class ProxyHeadersConfig {
  /** Set in place of what the client sent; not what is about the connection or the framing. Default none. */
  @AreHeaders()
  @Field({ type: () => String })
  add: Map<string, string> = new Map<string, string>()
  /** Not sent, also where the proxy would say them; `Host`, `Expect` and the framing stay. Default none. */
  @Matches(headerName, { each: true, message: 'each value in $property must be the name of a header' })
  @Field({ type: () => String })
  remove: string[] = []
}

/** Passes what is below a prefix to another server. */
export class ProxyMountConfig {
  /** Path that is passed on, with all below it. Default `/`. */
  @Matches(/^\//, { message: '$property must start with /' })
  prefix = '/'

  /** The other server: `http://127.0.0.1:8080/base`, `https://…` or `unix:/run/other.sock`. No request changes it. */
  @IsServerUrl({
    message: '$property must be a server such as "http://127.0.0.1:8080/base" or "unix:/run/other.sock"',
  })
  target!: string

  /** PEM file of the only authorities whose certificates an `https` target may show. Default: the well-known ones. */
  @IsOptional() @IsString() @IsNotEmpty() ca?: string

  /** Leaves the prefix, and that of the app, out of the path that the other server gets. Default true. */
  @IsBoolean() stripPrefix = true

  /** Beginnings of that path and what to put in their place, whole segments; the first that fits. Default none. */
  @Field({ type: () => String }) rewrite: Map<string, string> = new Map<string, string>()

  /** Milliseconds until the answer begins, from the moment the other server took the last of the request; then 504. Default 30 s. */
  @Duration() @IsInt() @Min(1) @Max(maxTimerMs) timeout = 30_000

  /** Milliseconds until the other server must have taken the connection; then 504. Default 5 s. */
  @Duration() @IsInt() @Min(1) @Max(maxTimerMs) connectTimeout = 5_000

  /** Milliseconds that a begun answer, or a WebSocket, may be silent; then it is cut off. 0 for no limit. Default 2 min. */
  @Duration() @IsInt() @Min(0) @Max(maxTimerMs) idleTimeout = 120_000

  /** Headers of the request that are set or left out. */
  @ValidateNested() headers: ProxyHeadersConfig = new ProxyHeadersConfig()

  /** Passes the client's Host header on instead of the target's. Default false. */
  @IsBoolean() preserveHost = false

  /** Passes WebSocket connections on. Default true. */
  @IsBoolean() websocket = true

  /** Bytes of a request body, as received; above it 413. Default no limit but that of `bodyLimit` middleware. */
  @IsOptional() @Size() @IsInt() @Min(0) maxBody?: number

  /** Addresses and networks such as `10.0.0.0/8` whose `X-Forwarded-…` headers are believed and extended. Default none. */
  @Matches(address, networks)
  @ValidateBy({ name: 'isNetwork', validator: { validate: isNetwork } }, networks)
  @Field({ type: () => String })
  trust: string[] = []

  /** Connections to the other server at one time, WebSocket aside; what is beyond waits. 0 for no limit (default). */
  @IsInt() @Min(0) connections = 0
}
