import { HttpError } from '@lokstra/core'

export class UserNotFound extends HttpError {
  constructor(message = 'There is no such user') {
    super(404, message, { code: 'USER_NOT_FOUND' })
  }
}

export class EmailTaken extends HttpError {
  constructor(message = 'Somebody has registered with that address') {
    super(409, message, { code: 'EMAIL_TAKEN' })
  }
}
