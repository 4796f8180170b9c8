import { Body, Path } from '@lokstra/core'
import { IsInt, Length, Min } from 'class-validator'

export class SampleNameId {
  @Path() @IsInt() @Min(1) id!: number
}

export class CreateSampleName {
  @Body() @Length(1, 200) name!: string
}
