import type { DocumentParts, Method, OperationObject, PathItem, Supplement } from './openapi-document'

type Paths = Readonly<Record<string, PathItem>>

type Responses = OperationObject['responses']

/** Of a status that both answer, the headers of both are told. */
const bothOf = (own: Responses, added: Responses = {}): Responses => {
  const answers = Object.entries(own).map(([status, answer]) => {
    const other = added[status]
    if (!other || '$ref' in other || '$ref' in answer) return [status, answer] as const
    const description = `${answer.description}. ${other.description}`

    return [status, { ...answer, description, headers: { ...answer.headers, ...other.headers } }] as const
  })

  return { ...added, ...Object.fromEntries(answers) }
}

const supplementedOperation = (own: OperationObject, added: Supplement): OperationObject => ({
  ...own,
  description: [own.description, added.description].filter(Boolean).join('\n\n'),
  parameters: [...(own.parameters ?? []), ...(added.parameters ?? [])],
  responses: bothOf(own.responses, added.responses)
})

/** What modules say of operations is added to what their declarations say. One that is not offered is not told of. */
export const supplemented = (paths: Paths, supplements: DocumentParts['supplements'] = {}): Paths => {
  const of = (path: string, item: PathItem) =>
    Object.entries(supplements[path] ?? {}).flatMap(([method, added]) => {
      const own = item[method as Method]
      return own && added ? [[method, supplementedOperation(own, added)] as const] : []
    })

  return Object.fromEntries(
    Object.entries(paths).map(([path, item]) => [path, { ...item, ...Object.fromEntries(of(path, item)) }])
  )
}
