import { Duration, maxTimerMs } from '@lokstra/core'
import {
  ArrayNotEmpty,
  IsArray,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator'

/** Files in PEM, relative to the configuration. */
export class NatsTlsConfig {
  /** Authorities to trust instead of the well-known ones. Default none. */
  @IsOptional() @IsString() @IsNotEmpty() ca?: string
  /** Certificate of this client. Default none. */
  @IsOptional() @IsString() @IsNotEmpty() cert?: string
  /** Key of the certificate. Default none. */
  @IsOptional() @IsString() @IsNotEmpty() key?: string
}

export class NatsConfig {
  /** Addresses of one NATS cluster. Default `nats://127.0.0.1:4222`. */
  @IsArray()
  @ArrayNotEmpty()
  @IsString({ each: true })
  @Matches(/^(?:nats|tls):\/\/[^/\s]+\/?$/, {
    each: true,
    message: 'servers must be addresses such as nats://host:4222',
  })
  servers: string[] = ['nats://127.0.0.1:4222']

  /** Name and password. Default: none. */
  @IsOptional() @IsString() @IsNotEmpty() user?: string
  /** Of `user`. Default: none. */
  @IsOptional() @IsString() @IsNotEmpty() password?: string
  /** Instead of name and password. Default: none. */
  @IsOptional() @IsString() @IsNotEmpty() token?: string
  /** A `.creds` file instead of user, password and token, relative to the configuration. Default: none. */
  @IsOptional() @IsString() @IsNotEmpty() credentials?: string

  /** Encrypts the connection. Default: as the servers ask for. */
  @IsOptional() @ValidateNested() tls?: NatsTlsConfig

  /** First part of the subjects, so that several systems can share one cluster. Default `lokstra`. */
  @IsString()
  @Matches(/^[\w-]+(?:\.[\w-]+)*$/, {
    message: 'subject must be parts of letters, digits, - and _ with dots between them',
  })
  subject = 'lokstra'

  /** How long the first connection may take. Default 5s. */
  @Duration()
  @IsInt()
  @Min(1)
  @Max(60_000)
  connectTimeout = 5_000

  /** How long a stream may be silent, or its reader take nothing, before it counts as broken. Default 60s. */
  @Duration()
  @IsInt()
  @Min(1)
  @Max(maxTimerMs)
  streamIdle = 60_000
}
