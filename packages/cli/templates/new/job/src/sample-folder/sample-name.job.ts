import { Logger, Service } from '@lokstra/core'

/** Work apart from requests. Whatever starts it injects this class and calls `run`. */
@Service()
export class SampleNameJob {
  constructor(private readonly log: Logger) {}

  async run(): Promise<void> {
    this.log.info('ran sample-words')
  }
}
