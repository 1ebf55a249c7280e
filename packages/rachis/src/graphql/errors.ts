import { defineErrors } from '../errors/define-errors'

/** The errors of documents of GraphQL; those of their calls are the same as everywhere. */
export const errors = defineErrors({
  INVALID_DOCUMENT: {
    status: 400,
    message: 'The document is not valid',
    hint: 'The message says where; docs/graphql.md says how types are named'
  },
  DOCUMENT_TOO_LARGE: {
    status: 400,
    message: 'The document asks for too much at once',
    hint: 'Ask for less of it, or in several requests: docs/graphql.md lists the limits'
  },
  UNKNOWN_OPERATION: {
    status: 400,
    message: 'There is no persisted operation of this hash',
    hint: 'Send a hash of the list that the server was started with in extensions.persistedQuery.sha256Hash'
  }
})
