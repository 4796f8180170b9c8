import { Get, Route } from '@lokstra/core'

@Route('/sample-path')
export class SampleNameController {
  @Get()
  list(): readonly string[] {
    return []
  }
}
