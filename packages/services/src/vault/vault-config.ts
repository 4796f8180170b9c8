import { Duration } from '@lokstra/core'
import { IsInt, IsNotEmpty, IsOptional, IsString, Matches, Max, Min, ValidateNested } from 'class-validator'

/** Login as a machine: `POST /v1/auth/<mount>/login`. */
export class AppRoleConfig {
  /** Of the role, from `vault read auth/approle/role/<name>/role-id`. */
  @IsString() @IsNotEmpty() roleId!: string
  /** A secret ID of the role: take it from a variable or a file. */
  @IsString() @IsNotEmpty() secretId!: string
  /** Where the auth method is enabled. Default `approle`. */
  @IsString() @IsNotEmpty() mount = 'approle'
}

/** One of `token`, `tokenFile` and `appRole` says who asks. */
export class VaultConfig {
  /** `https://vault.example:8200` */
  @Matches(/^https?:\/\/[^/?#]+\/?$/, {
    message: '$property must be the address of the server alone, such as https://vault.example:8200',
  })
  address!: string

  /** Where the KV version 2 engine is mounted. Default `secret`. */
  @IsString() @IsNotEmpty() mount = 'secret'

  /** Of Vault Enterprise. Default none. */
  @IsOptional() @IsString() @IsNotEmpty() namespace?: string

  /** Who asks, as a token. Default: what `tokenFile` or `appRole` gives. */
  @IsOptional() @IsString() @IsNotEmpty() token?: string

  /** File with a token, such as the sink of Vault Agent; read again when the token in it is refused. Default none. */
  @IsOptional() @IsString() @IsNotEmpty() tokenFile?: string

  /** Logs in as a machine. Default: what `token` or `tokenFile` says. */
  @IsOptional() @ValidateNested() appRole?: AppRoleConfig

  /** Milliseconds that one request may take. Default 3 s. */
  @Duration() @IsInt() @Min(1) @Max(60_000) requestTimeout = 3_000

  /** How often a request is tried again that was not answered, or with 429 or 5xx. Default 3. */
  @IsInt() @Min(0) @Max(10) retries = 3

  /** File with the certificates of authorities to trust instead of the well-known ones. Default none. */
  @IsOptional() @IsString() @IsNotEmpty() ca?: string
}
