import type { IncomingMessage } from 'http'
import type { DocumentNode, ExecutionArgs, ExecutionResult, FormattedExecutionResult, GraphQLFormattedError, GraphQLSchema, OperationDefinitionNode, OperationTypeNode, ValidationRule } from 'graphql' // prettier-ignore
import { execute, getOperationAST, GraphQLError, NoSchemaIntrospectionCustomRule, parse, specifiedRules, subscribe, validate, visit } from 'graphql' // prettier-ignore
import { LRUCache } from 'lru-cache'
import type { Application } from '../declare/declarations'
import { ApiError, isDevelopment } from '../errors/errors'
import type { Caller } from '../service/call'
import type { FailureLog } from '../util/failure-log'
import { Completions } from './completions'
import type { GraphqlContext } from './context'
import { callHeaders, keysOf } from './context'
import { errors } from './errors'
import { executionSchema } from './execution-schema'
import { formatError, requestError } from './format'
import { limitsRule } from './limits'
import type { FindDocument, RequestedDocument } from './persisted'
import type { GraphqlSettings } from './settings'

/** A request of GraphQL, over whichever transport it came. */
export interface GraphqlRequest extends RequestedDocument {
  readonly operationName?: string | null
  readonly variables?: Record<string, unknown> | null
}

/** Who sends a request. */
export interface GraphqlCaller {
  readonly caller: Caller
  readonly request: IncomingMessage
}

export interface GraphqlEngineOptions {
  readonly app: Application
  readonly schema: () => GraphQLSchema
  readonly find: FindDocument
  readonly settings: GraphqlSettings['graphql']
  readonly logFailure: FailureLog
}

/** A valid document. */
interface ReadDocument {
  readonly document: DocumentNode
  /** Whether it asks what the schema is. */
  readonly isIntrospective: boolean
  readonly completions: Completions
}

/** Valid documents that are remembered, since a client sends the same ones again and again; characters of all of them. */
const REMEMBERED = { max: 500, maxSize: 2 ** 20 }

const isTold = ({ introspection }: GraphqlSettings['graphql']) =>
  introspection === 'always' || (introspection === 'development' && isDevelopment())

const factsOf = (document: DocumentNode): ReadDocument => {
  let [isIntrospective, isConditional] = [false, false]
  visit(document, {
    Field: ({ name }) => void (isIntrospective ||= name.value === '__schema' || name.value === '__type'),
    Directive: () => void (isConditional = true)
  })

  // By directives variables say what is selected.
  return { document, isIntrospective, completions: new Completions(isConditional) }
}

const isRead = (read: ReadDocument | readonly GraphQLError[]): read is ReadDocument => 'document' in read

const invalid = (message: string) => requestError(new ApiError(errors.INVALID_DOCUMENT, { message }))

const withFaults = (result: ExecutionResult, { contextValue }: ExecutionArgs): ExecutionResult => {
  const { faults } = contextValue as GraphqlContext

  return faults.length > 0 ? { ...result, errors: [...(result.errors ?? []), ...faults] } : result
}

/** Reads documents, and prepares their execution for a caller. */
export class GraphqlEngine {
  private readonly read = new LRUCache<string, ReadDocument>({
    ...REMEMBERED,
    sizeCalculation: (_document, text) => text.length
  })
  private readonly rules: readonly ValidationRule[]
  private made?: GraphQLSchema
  private executed?: GraphQLSchema

  constructor(private readonly options: GraphqlEngineOptions) {
    const { settings } = options
    this.rules = [
      ...specifiedRules,
      limitsRule(settings),
      ...(isTold(settings) ? [] : [NoSchemaIntrospectionCustomRule])
    ]
  }

  /** Made at the first request: an application that is asked nothing spends nothing on it. */
  get schema(): GraphQLSchema {
    return (this.made ??= this.options.schema())
  }

  /** The text of the document that a request sends, or names by its hash. @throws ApiError where there is none */
  textOf(request: RequestedDocument): string {
    const text = this.options.find(request)
    if (typeof text === 'string') return text
    throw new ApiError(errors.INVALID_DOCUMENT, { message: 'Send a document as the text `query`' })
  }

  /** What `execute` and `subscribe` are called with; the errors of a document that is not valid. */
  prepare(
    text: string,
    request: GraphqlRequest,
    from: GraphqlCaller
  ): ExecutionArgs | readonly GraphQLError[] {
    const read = this.readDocument(text)
    if (!isRead(read)) return read
    const { document } = read
    const operation = getOperationAST(document, request.operationName)
    if (!operation) return [invalid('operationName says which of several operations is meant, by its name')]
    const selections = operation.operation === 'mutation' ? operation.selectionSet.selections.length : 0

    return {
      schema: this.schemaFor(operation, read),
      document,
      operationName: request.operationName,
      variableValues: request.variables,
      contextValue: this.contextOf(from, selections, read)
    }
  }

  /** The kind of operation that arguments are for. */
  kindOf({ document, operationName }: ExecutionArgs): OperationTypeNode | undefined {
    return getOperationAST(document, operationName)?.operation
  }

  /** Queries and mutations have one result, subscriptions one after the other. */
  async run(args: ExecutionArgs): Promise<ExecutionResult | AsyncGenerator<ExecutionResult>> {
    return this.kindOf(args) === 'subscription' ? subscribe(args) : withFaults(await execute(args), args)
  }

  formatResult(result: ExecutionResult, from: Pick<GraphqlCaller, 'caller'>): FormattedExecutionResult {
    const { errors: found, ...rest } = result

    return { ...rest, ...(found ? { errors: found.map((error) => this.format(error, from)) } : {}) }
  }

  format(error: Error, { caller }: Pick<GraphqlCaller, 'caller'>): GraphQLFormattedError {
    return formatError(error, caller, this.options.logFailure)
  }

  /** Subscriptions answer one record at a time, and introspection tells of the schema that documents are validated against. */
  private schemaFor(
    { operation }: OperationDefinitionNode,
    { isIntrospective }: ReadDocument
  ): GraphQLSchema {
    if (isIntrospective || operation === 'subscription') return this.schema

    return (this.executed ??= executionSchema(this.schema))
  }

  private contextOf(
    { caller, request }: GraphqlCaller,
    mutations: number,
    { completions }: ReadDocument
  ): GraphqlContext {
    const { headers } = request
    const key = headers['idempotency-key']
    const faults: GraphQLError[] = []

    return {
      app: this.options.app,
      caller,
      request,
      headers: callHeaders(headers),
      keyFor: keysOf(typeof key === 'string' ? key : undefined, mutations),
      completion: completions.begin(faults),
      faults
    }
  }

  private readDocument(text: string): ReadDocument | readonly GraphQLError[] {
    const known = this.read.get(text)
    if (known) return known
    const read = this.parse(text)
    if (isRead(read)) this.read.set(text, read)

    return read
  }

  private parse(text: string): ReadDocument | readonly GraphQLError[] {
    const { max_tokens: maxTokens } = this.options.settings
    try {
      const document = parse(text, { maxTokens, maxComments: maxTokens })
      const problems = validate(this.schema, document, this.rules, { maxErrors: 20 })

      return problems.length > 0 ? problems : factsOf(document)
    } catch (error) {
      return [error instanceof GraphQLError ? error : invalid('The document nests too deep')]
    }
  }
}
