import { IsNotEmpty, IsOptional, IsString } from 'class-validator'

export class ConfigSyncConfig {
  /** Whose values are read, besides those for all servers. Default: the name of the server. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  server?: string
}
