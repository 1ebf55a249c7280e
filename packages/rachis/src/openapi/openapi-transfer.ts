import type { Answer, Content, Parameter, Schema } from './openapi-document'
import { rateHeaderRefs } from './openapi-rates'

const HEADERS = {
  'Content-Disposition': {
    description: 'The name of a file to keep it as.',
    schema: { type: 'string', examples: ['attachment; filename="things.csv"'] }
  },
  'X-Total-Count': {
    description: 'How many records there are besides `limit` and `skip`, where `count` asks for it.',
    schema: { type: 'integer', minimum: 0 }
  },
  'X-Rachis-Position': {
    description: 'The place in the feed of changes that all records include.',
    schema: { type: 'string' }
  }
}

/**
 * The answer of an export: one record a line.
 *
 * @param record the name of the schema of a record of which fields may be left out
 */
export const exportAnswer = (record: string): Answer => ({
  description:
    'All records. An answer that is not complete ends without its last chunk, which the client’s library reports.',
  headers: { ...HEADERS, ...rateHeaderRefs },
  content: {
    'text/csv': {
      schema: {
        type: 'string',
        description:
          'RFC 4180 in UTF-8, with a line of names. Texts stand in quotes; before one that a program for tables would take for a formula stands an apostrophe.'
      }
    },
    'application/x-ndjson': {
      schema: { type: 'string', description: `On each line a record as JSON: \`${record}\`.` }
    }
  }
})

/**
 * The body of an import: one record a line.
 *
 * @param record the name of the schema of what creates a record
 */
export const importBody = (record: string): Content => ({
  'text/csv': {
    schema: {
      type: 'string',
      description: 'RFC 4180 in UTF-8, with a line of names: fields of the record, in any order.'
    }
  },
  'application/x-ndjson': {
    schema: { type: 'string', description: `On each line a record as JSON: \`${record}\`.` }
  }
})

/** What an import answers to who accepts NDJSON. */
export const progressContent: Content = {
  'application/x-ndjson': {
    schema: {
      type: 'string',
      description:
        'Lines `{"progress":{…}}` while it runs, and at the end `{"report":{…}}` or the object of an error. The status is 200 once it has begun.'
    }
  }
}

const parameter = (name: string, description: string, schema: Schema): Parameter => ({ name, in: 'query', description, schema }) // prettier-ignore

export const importParameters: readonly Parameter[] = [
  parameter('upsert', 'A field that no two records share: a record that is there already is changed.', { type: 'string' }),
  parameter('dry_run', 'Whether all is taken back, once it is known what would come of it.', { type: 'boolean' }),
  parameter('on_error', '`abort`: all records or none. `skip`: those that cannot be written are passed over.', { type: 'string', pattern: '^(abort|skip)$', examples: ['skip'] })
] // prettier-ignore
