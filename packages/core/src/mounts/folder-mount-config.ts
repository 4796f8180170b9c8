import { Duration } from '../decorators/binding.js'
import { IsInt, IsNotEmpty, IsString, Matches, Min } from '../validation/class-validator.js'

/** What every mount of a folder has in its configuration. */
export class FolderMountConfig {
  /** Path that the folder is served below. Default `/`. */
  @Matches(/^\//, { message: '$property must start with /' })
  prefix = '/'

  /** Folder to serve. */
  @IsString()
  @IsNotEmpty()
  dir!: string

  /** How long clients may keep a file without asking, in milliseconds or as text such as `1h`. Default 0. */
  @Duration()
  @IsInt()
  @Min(0)
  maxAge = 0

  /** The page of a folder; of a single-page application, its only page. Default `index.html`. */
  @IsString()
  @IsNotEmpty()
  index = 'index.html'
}
