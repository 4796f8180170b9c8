import { Duration } from '../../decorators/binding.js'
import { IsInt, IsNotEmpty, IsString, Max, Min } from '../../validation/class-validator.js'

/** What every entry of `secrets` may say; the rest belongs to its type. */
export class SecretEntryConfig {
  /** `env`, `file`, `exec`, one that a package offers, or the name of a discovered class. */
  @IsString() @IsNotEmpty() type!: string
  /** Milliseconds that fetching one secret may take. Default 10 s. */
  @Duration() @IsInt() @Min(1) @Max(600_000) timeout = 10_000
}
