import type { Audience, Draft, DraftField } from './draft'
import { constantOf, pathOf, quoted, WRAPPERS } from './draft'

/** How a declaration refers to what it may import from the package, in the order in which that is listed. */
const IMPORTED: readonly (readonly [name: string, use: RegExp])[] = [
  ['$user', /\$user\./],
  ...['anyone', 'authenticated'].map((name) => [name, new RegExp(`: ${name}\\b`)] as const),
  ...[
    'belongsTo', 'boolean', 'computed', 'defineResource', 'immutable', 'integer', 'json', 'lower', 'money', 'nullable', 'oneOf',
    'owner', 'readOnly', 'role', 'state', 'text', 'textArray', 'timestamp'
  ].map((name) => [name, new RegExp(`(?<![\\w.])${name}\\(`)] as const),
  ['Type', /(?<!\w)Type\./],
  ...['unique', 'upper', 'withDefault', 'writeOnly'].map((name) => [name, new RegExp(`(?<![\\w.])${name}\\(`)] as const)
] // prettier-ignore

/** A word in a comment or in a text asks for no import. */
const importsOf = (code: string): string => {
  const bare = code.replace(/\/\*\*.*?\*\/|'(?:[^'\\]|\\.)*'/gs, "''")
  return IMPORTED.filter(([, use]) => use.test(bare)).map(([name]) => name).join(', ') // prettier-ignore
}

const wrapped = (field: DraftField): string => {
  const { type, wrappers, defaultValue, computed } = field
  const inner = WRAPPERS.filter((wrapper) => wrappers.includes(wrapper)).reduce((code, name) => `${name}(${code})`, type) // prettier-ignore
  if (computed !== undefined) return `computed(${inner}, ${quoted(computed)})`

  return defaultValue === undefined ? inner : `withDefault(${inner}, ${defaultValue})`
}
const commentText = ({ comment }: DraftField) =>
  comment ? `/** ${comment.replace(/\*\//g, '* /').replace(/\s+/g, ' ')} */\n` : ''
const fieldText = (field: DraftField): string =>
  `${commentText(field)}${field.name}: ${field.isOwner ? `owner('users')` : wrapped(field)}`

/** Who it is, as a rule. */
const ruleText = (audience: Audience): string => {
  if (audience === 'anyone') return 'anyone'
  if (audience === 'signed-in') return 'authenticated'

  return audience === 'owner' ? 'mine' : `role(${audience.map(quoted).join(', ')})`
}
const accessText = ({ read, write }: Draft): string => {
  const create = write === 'owner' ? 'authenticated' : ruleText(write)
  return `{ read: ${ruleText(read)}, create: ${create}, update: ${ruleText(write)}, remove: ${ruleText(write)} }`
}

/** Each step leads from one state to the next. */
const statesText = ({ name, states = [] }: DraftField, access: string): string => {
  const steps = states.slice(1).map((to, index) =>
    `mark_${to.replace(/\W+/g, '_').toLowerCase()}: { from: ${quoted(states[index]!)}, to: ${quoted(to)}, access: ${access} }`
  ) // prettier-ignore

  return `{ field: '${name}', transitions: { ${steps.join(',\n')} } }`
}

/** A reference by a column such as `deal_id` can be followed as `deal`. */
const relationsOf = ({ fields }: Draft): string[] =>
  fields
    .filter(({ references, isOwner, name }) => references && !isOwner && name.endsWith('_id'))
    .map(({ name }) => [name.slice(0, -'_id'.length), name] as const)
    .filter(([relation]) => relation && !fields.some(({ name }) => name === relation))
    .map(([relation, name]) => `${relation}: { one: '${name}' }`)

const listText = (lists: readonly (readonly string[])[]): string =>
  `[${lists.map((columns) => (columns.length === 1 ? quoted(columns[0]!) : `[${columns.map(quoted).join(', ')}]`)).join(', ')}]`
const indexesOf = ({ fields, indexes = [] }: Draft) => [
  ...indexes,
  ...fields.filter(({ isIndexed }) => isIndexed).map(({ name }) => [name])
]
const checksText = (checks: Readonly<Record<string, string>>) =>
  `{ ${Object.entries(checks).map(([name, sql]) => `${name}: ${quoted(sql)}`).join(',\n')} }` // prettier-ignore

/** The keys of the declaration that this draft says something of. */
const keysOf = (draft: Draft): string[] => {
  const state = draft.fields.find(({ states }) => states)
  const [relations, indexes] = [relationsOf(draft), indexesOf(draft)]
  const unique = (draft.unique ?? []).map((columns) => `[${columns.map(quoted).join(', ')}]`)

  return [
    draft.description && `description: ${quoted(draft.description)}`,
    pathOf(draft.name) !== draft.name && `path: '${pathOf(draft.name)}'`,
    draft.hasUuid && `id: 'uuid'`,
    draft.hasNoTimes && 'timestamps: false',
    `fields: {\n${draft.fields.map(fieldText).join(',\n')}\n}`,
    `access: ${accessText(draft)}`,
    relations.length > 0 && `relations: { ${relations.join(', ')} }`,
    state && `states: ${statesText(state, ruleText(draft.write))}`,
    Object.keys(draft.checks ?? {}).length > 0 && `checks: ${checksText(draft.checks!)}`,
    unique.length > 0 && `unique: [${unique.join(', ')}]`,
    indexes.length > 0 && `indexes: ${listText(indexes)}`
  ].filter((key): key is string => Boolean(key))
}

const ownerText = ({ fields }: Draft): string => {
  const owner = fields.find(({ isOwner }) => isOwner)
  return owner ? `const mine = { ${owner.name}: $user.id }\n` : ''
}

/** The call of `defineResource`, which TypeScript and JavaScript read alike. */
const callText = (draft: Draft): string =>
  `defineResource('${draft.name}', {\n${keysOf(draft).join(',\n')}\n})`

/** JavaScript that answers the declaration, for whoever has what it imports in scope. */
export const declarationBody = (draft: Draft): string => `${ownerText(draft)}return ${callText(draft)}`

/** The file of a declaration. */
export const declarationText = (draft: Draft): string => {
  const [code, owner] = [callText(draft), ownerText(draft)]
  const constant = constantOf(draft.name)

  return `import { ${importsOf(owner + code)} } from 'rachis'
import type { ServiceOf } from 'rachis'

${owner}${owner && '\n'}export const ${constant} = ${code}

declare module 'rachis' {
  interface ServiceTypes {
    ${/\W/.test(pathOf(draft.name)) ? quoted(pathOf(draft.name)) : draft.name}: ServiceOf<typeof ${constant}>
  }
}
`
}
