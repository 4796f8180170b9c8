import { Type } from 'class-transformer'
import { IsBoolean, IsEmail, IsIn, IsInt, IsOptional, Length, Max, Min } from 'class-validator'

/** A class of its own for each GET. */
export function defineQuery() {
  class ListThings {
    @Type(() => Number) @IsInt() @Min(1) page = 1
    @Type(() => Number) @IsInt() @Min(1) @Max(100) size = 20
    @IsOptional() @Length(1, 50) search?: string
    @IsOptional() @IsIn(['name', 'date']) sort?: string
  }
  return ListThings
}

/** A class of its own for each POST. */
export function defineBody() {
  class CreateThing {
    @Length(1, 100) name!: string
    @IsEmail() email!: string
    @IsInt() @Min(0) @Max(150) age!: number
    @IsBoolean() active!: boolean
    @IsOptional() @Length(0, 500) note?: string
  }
  return CreateThing
}
