import { ArrayNotEmpty, IsArray, IsBoolean, IsNumber, IsPositive } from 'class-validator'

export class MetricsConfig {
  /** Tells of the process as well: memory, processor time, event loop, garbage collection. Default true. */
  @IsBoolean() process = true

  /** Upper bounds of the duration of requests, in seconds. Default from 5 ms to 10 s. */
  @IsArray()
  @ArrayNotEmpty()
  @IsNumber({}, { each: true })
  @IsPositive({ each: true })
  buckets: number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
}
