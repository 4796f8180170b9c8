import {
  OnConfigReload,
  PayloadTooLargeError,
  Service,
  Size,
  type Context,
  type MiddlewareHandler,
  type Next,
} from '@lokstra/core'
import { IsInt, Min } from 'class-validator'

export class BodyLimitConfig {
  /** Largest accepted body after decompression, in bytes or as text such as `512KiB`. Default 1 MiB. */
  @Size()
  @IsInt()
  @Min(0)
  limit = 1024 * 1024
}

/**
 * Changes how large request bodies may be, in either direction. A body that announces too much is refused before any of it
 * is read; others are counted while they are read. 413 in both cases.
 */
@Service({ name: 'bodyLimit', config: BodyLimitConfig })
export class BodyLimit implements MiddlewareHandler {
  #limit: number

  constructor(config: BodyLimitConfig) {
    this.#limit = config.limit
  }

  @OnConfigReload()
  reconfigure({ limit }: BodyLimitConfig): void {
    this.#limit = limit
  }

  handle(ctx: Context, next: Next): unknown {
    ctx.bodyLimitBytes = this.#limit
    const { 'content-length': length, 'content-encoding': encoding } = ctx.headers
    // Of an encoded body only the compressed length is known.
    const isPlain = encoding === undefined || encoding.toLowerCase() === 'identity'
    if (isPlain && length !== undefined && Number(length) > this.#limit) {
      throw new PayloadTooLargeError(`The request body is larger than ${this.#limit} bytes`)
    }
    return next()
  }
}
