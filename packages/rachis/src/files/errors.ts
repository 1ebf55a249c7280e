import { defineErrors } from '../errors/define-errors'

/** What uploads are refused with, besides the errors of the engine. */
export const errors = defineErrors({
  FILE_TOO_LARGE: {
    status: 413,
    message: 'The file is too large',
    hint: 'Send a smaller file'
  },
  FILE_QUOTA_EXCEEDED: {
    status: 413,
    message: 'You have no room left for this file',
    hint: 'Remove files that you do not need'
  },
  FILE_TYPE_REFUSED: {
    status: 415,
    message: 'Files of this type are not taken',
    hint: 'Send a file of another type'
  },
  UPLOAD_CONFLICT: {
    status: 409,
    message: 'The upload is at another place',
    hint: 'Ask by HEAD where it is, and go on from there'
  },
  UPLOAD_LOCKED: {
    status: 423,
    message: 'Another request writes this upload',
    hint: 'Ask by HEAD where it is after as many seconds as Retry-After says, and go on from there'
  }
})
