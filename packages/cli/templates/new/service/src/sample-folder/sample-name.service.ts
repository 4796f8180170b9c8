import { Logger, Service } from '@lokstra/core'

@Service()
export class SampleNameService {
  constructor(private readonly log: Logger) {}

  list(): readonly string[] {
    this.log.debug('listing sample-words')
    return []
  }
}
