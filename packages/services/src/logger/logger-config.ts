import { defaultRedaction, type LogLevel } from '@lokstra/core'
import { IsArray, IsIn, IsNotEmpty, IsString } from 'class-validator'

export class LoggerConfig {
  /** Lowest level that is written. Default `info`. */
  @IsIn(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
  level: LogLevel = 'info'

  /** `json`: one object per line. `pretty`: for people. `auto` (default): pretty on a terminal outside production. */
  @IsIn(['json', 'pretty', 'auto'])
  format: 'json' | 'pretty' | 'auto' = 'auto'

  /** `stdout` (default), `stderr`, or a file that is appended to, relative to the configuration; missing folders are made. */
  @IsString()
  @IsNotEmpty()
  destination = 'stdout'

  /**
   * Field names whose values are replaced by `[redacted]` at any depth. Case and `_ - .` do not matter, and a name counts
   * at the end of a longer one, and in the plural, too: `token` covers `accessToken`, `x-token` and `JWTTokens`, not `tokenCount`.
   * Default: passwords, secrets, tokens, keys, cookies, cards.
   */
  @IsArray()
  @IsString({ each: true })
  redact: string[] = [...defaultRedaction]

  /** Names redacted besides those of `redact`. Default none. */
  @IsArray()
  @IsString({ each: true })
  extraRedact: string[] = []
}
