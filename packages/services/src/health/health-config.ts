import { IsBoolean } from 'class-validator'

export class HealthConfig {
  /** Shows clients why a check failed. Default false: messages can tell of hosts and users; they are always logged. */
  @IsBoolean()
  details = false
}
