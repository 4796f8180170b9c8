import { Body, Path, Query } from '@lokstra/core'
import { IsBoolean, IsInt, IsOptional, Length, Max, Min } from 'class-validator'

export class ListTasks {
  @Query() @IsInt() @Min(1) page = 1
  @Query('per_page') @IsInt() @Min(1) @Max(100) size = 20
  @Query() @IsOptional() @IsBoolean() done?: boolean
}

export class CreateTask {
  @Body() @Length(1, 200) title!: string
}

export class TaskId {
  @Path() @IsInt() @Min(1) id!: number
}

/** What is left out stays as it is. */
export class UpdateTask extends TaskId {
  @Body() @IsOptional() @Length(1, 200) title?: string
  @Body() @IsOptional() @IsBoolean() done?: boolean
}
