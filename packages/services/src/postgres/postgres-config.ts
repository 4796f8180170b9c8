import { Duration, maxTimerMs } from '@lokstra/core'
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator'

/** How long the client waits for the server to cancel a statement, beyond the time that the statement has. */
export const statementGraceMs = 5_000

export class PostgresConfig {
  /** `postgres://user:password@host:5432/database`, or `embedded` (default, refused in production): a real Postgres started for this process. */
  @IsString()
  @Matches(/^(?:embedded$|postgres(?:ql)?:\/\/)/, { message: 'url must be "embedded" or start with postgres://' })
  url = 'embedded'

  /** Most connections of the pool. Default 10. `listen` uses one more. */
  @IsInt()
  @Min(1)
  @Max(1_000)
  poolSize = 10

  /** How long a query waits for a connection, free or new. Default 5s. */
  @Duration()
  @IsInt()
  @Min(1)
  @Max(maxTimerMs)
  connectionTimeout = 5_000

  /** How long a statement may run before the server cancels it. Default 30s; 0 leaves it to the server. */
  @Duration()
  @IsInt()
  @Min(0)
  @Max(maxTimerMs - statementGraceMs)
  statementTimeout = 30_000

  /** How long an unused connection is kept. Default 30s; 0 keeps it for good. */
  @Duration()
  @IsInt()
  @Min(0)
  @Max(maxTimerMs)
  idleTimeout = 30_000

  /** `disable`, `require` (encrypted, server not checked) or `verify-full`. Default: what the url says. It decides alone. */
  @IsOptional()
  @IsIn(['disable', 'require', 'verify-full'])
  ssl?: 'disable' | 'require' | 'verify-full'

  /** First schema of the search path; created when it is missing. Default: the server's search path. */
  @IsOptional()
  @IsString()
  @Matches(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, { message: 'schema must be a plain SQL name' })
  schema?: string

  /** Shown in `pg_stat_activity`. Default `lokstra`. */
  @IsString()
  applicationName = 'lokstra'

  /** Folder of `NNN_name.sql` files that are applied, each once, before the service is ready; relative to the configuration. Default: none. */
  @IsOptional()
  @IsString()
  migrations?: string

  /** Embedded only: where the data is kept between runs, relative to the configuration. Default `.lokstra/postgres`. */
  @IsString()
  dataDir = '.lokstra/postgres'

  /**
   * Embedded only. `true` (default): as safe as any Postgres. `false` skips the waits for the disk: quicker, safe against
   * the death of any process, but a crash of the operating system may destroy the data. For tests.
   */
  @IsBoolean()
  durable = true
}
