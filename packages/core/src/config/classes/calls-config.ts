import { maxTimerMs } from '../../promises/max-timer-ms.js'
import { Duration, Field, Size } from '../../decorators/binding.js'
import {
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Max,
  Min,
  MinLength,
  ValidateIf,
  ValidateNested,
} from '../../validation/class-validator.js'
import { IsServerUrl } from '../../contract/is-server-url.js'

/** When an address is given up for a while. */
export class BreakerConfig {
  /** Failures in a row after which nothing is sent to the address. Default 5. */
  @IsInt() @Min(1) failures = 5
  /** The longest time until it is tried again, in milliseconds: first it takes a sixteenth. Default 5 s. */
  @Duration() @IsInt() @Min(1) @Max(maxTimerMs) openFor = 5_000
}

/** How many calls one service may have under way, so that a slow one does not take everything. */
export class BulkheadConfig {
  /** Calls at one time. Default 200. */
  @IsInt() @Min(1) concurrent = 200
  /** Calls that wait for their turn; what is beyond fails at once. Default 200. */
  @IsInt() @Min(0) queue = 200
}

/** What one service has instead of `calls.breaker`. */
export class OwnBreakerConfig {
  /** Failures in a row after which nothing is sent to the address. Default: that of `calls`. */
  @IsOptional() @IsInt() @Min(1) failures?: number
  /** The longest time until it is tried again, in milliseconds. Default: that of `calls`. */
  @IsOptional() @Duration() @IsInt() @Min(1) @Max(maxTimerMs) openFor?: number
}

/** What one service has instead of `calls.bulkhead`. */
export class OwnBulkheadConfig {
  /** Calls at one time. Default: that of `calls`. */
  @IsOptional() @IsInt() @Min(1) concurrent?: number
  /** Calls that wait for their turn. Default: that of `calls`. */
  @IsOptional() @IsInt() @Min(0) queue?: number
}

/** What one service has instead of what stands under `calls`. */
export class CallPolicyConfig {
  /** Milliseconds that one call may take, with its retries. Default: that of `calls`. */
  @IsOptional() @Duration() @IsInt() @Min(1) @Max(maxTimerMs) timeout?: number
  /** Milliseconds that one attempt may take. Default: that of `calls`. */
  @IsOptional() @Duration() @IsInt() @Min(1) @Max(maxTimerMs) attemptTimeout?: number
  /** Further attempts. Default: that of `calls`. */
  @IsOptional() @IsInt() @Min(0) @Max(10) retries?: number
  /** Share of calls that may be retries. Default: that of `calls`. */
  @IsOptional() @Min(0) @Max(1) retryBudget?: number
  /** When an address is given up for a while. */
  @IsOptional() @ValidateNested() breaker?: OwnBreakerConfig
  /** How many calls may be under way. */
  @IsOptional() @ValidateNested() bulkhead?: OwnBulkheadConfig
  /** Connections to one address. Default: that of `calls`. */
  @IsOptional() @IsInt() @Min(1) connections?: number
  /** `http`, or the name of a service that is a `CallTransport`. Default: that of `calls`. */
  @IsOptional() @IsString() @IsNotEmpty() transport?: string
}

/** Who others are and who this server is, where it calls them: PEM files, relative to the folder of the configuration. */
export class CallTlsConfig {
  /** The certificate that is shown, followed by those of intermediate authorities. With `key`; default none. */
  @ValidateIf(({ key, ca }: CallTlsConfig) => key !== undefined || ca === undefined)
  @IsString()
  @IsNotEmpty()
  cert?: string
  /** The private key of the certificate. With `cert`; default none. */
  @ValidateIf(({ cert, ca }: CallTlsConfig) => cert !== undefined || ca === undefined)
  @IsString()
  @IsNotEmpty()
  key?: string
  /** Authorities that vouch for the other servers. Default: those that Node knows. */
  @IsOptional() @IsString() @IsNotEmpty() ca?: string
}

/** How services of other servers are called, and how calls of this one are answered. */
export class CallsConfig {
  /**
   * How published services of this same process are called: `direct` hands out the object itself, `checked` does all that a call to
   * another server does, in memory. Default: `direct` in production, `checked` elsewhere.
   */
  @IsOptional() @IsIn(['direct', 'checked']) boundary?: 'direct' | 'checked'

  /**
   * Keys that sign calls, of 32 bytes or more: the first signs, all are accepted, so that a key can be replaced. Needed in production,
   * unless both sides show certificates. Default: outside production, calls of the same machine only.
   */
  @MinLength(32, { each: true, message: '$property must have 32 characters or more' })
  @Field({ type: () => String })
  secret: string[] = []

  /** Milliseconds that one call may take, with its retries; what is left of the caller's own time cuts it. Default 10 s. */
  @Duration() @IsInt() @Min(1) @Max(maxTimerMs) timeout = 10_000
  /**
   * Milliseconds that one attempt may take, so that there is time for another where an operation may be repeated. Default: all the
   * time that the call has.
   */
  @IsOptional() @Duration() @IsInt() @Min(1) @Max(maxTimerMs) attemptTimeout?: number
  /** Further attempts: of calls that were not sent, and of operations that may be repeated. Default 2. */
  @IsInt() @Min(0) @Max(10) retries = 2
  /** Share of calls that may be retries. One retry per second is always allowed, up to 10 are saved up. Default 0.1. */
  @Min(0) @Max(1) retryBudget = 0.1
  /** When an address is given up for a while. */
  @ValidateNested() breaker: BreakerConfig = new BreakerConfig()
  /** How many calls one service may have under way. */
  @ValidateNested() bulkhead: BulkheadConfig = new BulkheadConfig()
  /** Connections to one address. Default 64. */
  @IsInt() @Min(1) connections = 64
  /** Largest answer that is read as a whole over HTTP; streams have no limit. Default 16 MiB. */
  @Size() @IsInt() @Min(1) answerLimit = 16 * 1024 * 1024
  /** `http` (default), or the name of a service that is a `CallTransport`. */
  @IsString() @IsNotEmpty() transport = 'http'
  /** The certificate that this server shows where it calls others, and the authorities that it trusts. Default none. */
  @IsOptional() @ValidateNested() tls?: CallTlsConfig
  /** Keys of W3C baggage that are handed on with calls. Default none. */
  @Field({ type: () => String }) baggage: string[] = []
  /** What single services have instead, by the names of their classes. Default none. */
  @Field({ type: () => CallPolicyConfig })
  @ValidateNested({ each: true })
  services: Map<string, CallPolicyConfig> = new Map<string, CallPolicyConfig>()
}

/** A service of another system. */
export class ExternalConfig extends CallPolicyConfig {
  /** Where it is: `https://pay.example/v1`. The paths of its operations stand below it. Of several the calls are shared out. */
  @IsServerUrl({ each: true, message: '$property must be an address such as "https://pay.example/v1"' })
  @Field({ type: () => String })
  url!: string[]

  /** `http` (default, whatever carries the calls of the project), or the name of a service that is a `CallTransport` to addresses. */
  @IsOptional() @IsString() @IsNotEmpty() override transport?: string = 'http'

  /** Sent with every call. Default none. */
  @Field({ type: () => String }) headers: Map<string, string> = new Map<string, string>()
}
