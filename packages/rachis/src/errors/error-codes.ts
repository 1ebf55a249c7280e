export interface Entry {
  readonly status: number
  readonly name: string
  readonly message: string
  readonly hint: string
}

const entry = (status: number, name: string, message: string, hint: string): Entry => ({
  status,
  name,
  message,
  hint
})

/** Every error of the engine that a client can see; modules and applications add theirs. `docs/errors.md` holds the same table, and a test keeps them equal. */
export const CATALOGUE = {
  MALFORMED_BODY: entry(
    400,
    'BadRequest',
    'The body cannot be read',
    'Send a JSON object, or an array of objects to create several'
  ),
  BAD_QUERY: entry(
    400,
    'BadRequest',
    'Unknown query parameter',
    'Use a field of the resource or one of the documented parameters'
  ),
  INVALID_CURSOR: entry(
    400,
    'BadRequest',
    'The cursor is not one of this list',
    'A cursor goes with the sort, the filters and the rights that it was answered with: begin again with an empty one'
  ),
  BAD_REQUEST: entry(
    400,
    'BadRequest',
    'The request cannot be understood',
    'Compare the request with /openapi.json'
  ),
  NOT_AUTHENTICATED: entry(
    401,
    'NotAuthenticated',
    'Sign in to do this',
    'Send the credentials of somebody who may do it'
  ),
  FORBIDDEN: entry(
    403,
    'Forbidden',
    'You may not do this',
    'The rule of this operation does not allow it to you'
  ),
  INVALID_LINK: entry(
    403,
    'Forbidden',
    'The link is not valid',
    'It was changed, has expired, or its signer may no longer sign in: ask for another'
  ),
  NOT_FOUND: entry(
    404,
    'NotFound',
    'There is no such record',
    'Check the id: the record does not exist, or you may not see it'
  ),
  NO_SUCH_PATH: entry(404, 'NotFound', 'There is no such path', 'See /openapi.json for the paths'),
  METHOD_NOT_ALLOWED: entry(
    405,
    'MethodNotAllowed',
    'This method is not offered here',
    'The Allow header names those that are'
  ),
  NOT_ACCEPTABLE: entry(
    406,
    'NotAcceptable',
    'No answer in a form that you accept',
    'Accept application/json'
  ),
  REQUEST_TIMEOUT: entry(
    408,
    'Timeout',
    'The request did not arrive in time',
    'Send it again, without pauses'
  ),
  CONFLICT: entry(
    409,
    'Conflict',
    'The change conflicts with what is stored',
    'Read the record again, then decide whether the change still makes sense'
  ),
  DUPLICATE: entry(
    409,
    'Conflict',
    'This value is already taken',
    'Choose another value for the field that error.field names'
  ),
  MISSING_REFERENCE: entry(
    409,
    'Conflict',
    'The record that this refers to does not exist',
    'Create it first, or refer to another'
  ),
  STILL_REFERENCED: entry(409, 'Conflict', 'Other records refer to this one', 'Remove or change those first'),
  STATE_CONFLICT: entry(
    409,
    'Conflict',
    'The record is not in a state that allows this',
    'details.expected names the states that do'
  ),
  REQUEST_IN_PROGRESS: entry(
    409,
    'Conflict',
    'A call with this key is still running, or its answer is not there to be read',
    'Send the same call with the same key again after as many seconds as Retry-After says'
  ),
  PRECONDITION_FAILED: entry(
    412,
    'PreconditionFailed',
    'The record is not as If-Match, or another condition of the call, says',
    'Read it again, and make the change anew from what it has now'
  ),
  RANGE_NOT_SATISFIABLE: entry(
    416,
    'RangeNotSatisfiable',
    'There are no such bytes',
    'Ask for a range that begins before the end, as Content-Range says'
  ),
  PAYLOAD_TOO_LARGE: entry(413, 'PayloadTooLarge', 'The body is too large', 'Send less at once'),
  URI_TOO_LONG: entry(
    414,
    'UriTooLong',
    'The path is too long',
    'Send a shorter path; the query may be longer'
  ),
  UNSUPPORTED_MEDIA_TYPE: entry(
    415,
    'UnsupportedMediaType',
    'The body is of a type that is not read here',
    'Send application/json'
  ),
  EXPECTATION_FAILED: entry(
    417,
    'ExpectationFailed',
    'The expectation of the request cannot be met',
    'Leave Expect out, or send Expect: 100-continue'
  ),
  MISDIRECTED: entry(
    421,
    'BadRequest',
    'This host is not served here',
    'Send the name of this server in the header Host'
  ),
  VALIDATION_ERROR: entry(
    422,
    'Unprocessable',
    'The data is not valid',
    'details lists each field with what was expected'
  ),
  IDEMPOTENCY_KEY_REUSED: entry(
    422,
    'Unprocessable',
    'This key was used for another call',
    'Send a new key with each call, and the same key only with the same call'
  ),
  NOT_SUBSCRIBABLE: entry(
    422,
    'Unprocessable',
    'A subscription cannot ask this',
    'Compare fields of the record itself, without a search, and narrow the list down in the client'
  ),
  PRECONDITION_REQUIRED: entry(
    428,
    'PreconditionRequired',
    'Records of this resource are changed with If-Match only',
    'Send If-Match with the ETag of the record as you read it, or with its version in quotes'
  ),
  TOO_MANY_REQUESTS: entry(
    429,
    'TooManyRequests',
    'Too many requests',
    'Wait for as many seconds as Retry-After says'
  ),
  HEADERS_TOO_LARGE: entry(
    431,
    'HeadersTooLarge',
    'The address and the headers are too large',
    'Send fewer or shorter headers, or a shorter query'
  ),
  INTERNAL_ERROR: entry(
    500,
    'GeneralError',
    'Something went wrong on the server',
    'Tell the trace_id to who runs this server: its log says what happened'
  ),
  OVERLOADED: entry(
    503,
    'Unavailable',
    'Too many calls are waiting for the database',
    'Send fewer calls at once, and try again after as many seconds as Retry-After says'
  ),
  UNAVAILABLE: entry(
    503,
    'Unavailable',
    'The database cannot be reached',
    'Try again after as many seconds as Retry-After says'
  )
} as const satisfies Record<string, Entry>
