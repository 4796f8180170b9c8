import { Get, Module, Route, type ModuleRegistry } from '@lokstra/core'

@Route('/sample-path/status')
export class SampleNameStatusController {
  @Get()
  show() {
    return { module: 'sampleName' }
  }
}

/** Registers what belongs together. Its capabilities are all that it may do. */
@Module({ name: 'sampleName', capabilities: { controllers: true } })
export class SampleNameModule {
  register(registry: ModuleRegistry): void {
    registry.controller(SampleNameStatusController)
  }
}
