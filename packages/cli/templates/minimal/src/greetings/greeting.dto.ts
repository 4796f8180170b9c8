import { Path, Query } from '@lokstra/core'
import { IsIn, Length } from 'class-validator'

export const languages = ['en', 'id', 'de'] as const
export type Language = (typeof languages)[number]

/** One class per request: where each field comes from, what it must be, and its default. */
export class Greet {
  @Path() @Length(1, 50) name!: string
  @Query() @IsIn(languages) language: Language = 'en'
}
