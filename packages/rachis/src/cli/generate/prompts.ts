import type { Audience, DraftField } from './draft'
import { FIELD_TYPES } from './field-types'
import { parseField } from './parse-field'

type Prompts = typeof import('@inquirer/prompts')
/** Loaded by whoever is asked something. */
const load = (): Promise<Prompts> => import('@inquirer/prompts')

/** What a check says of a text, or true; the person types again. */
const verdict = (check: () => unknown): true | string => {
  try {
    check()
    return true
  } catch (error) {
    return (error as Error).message.replace(/\n\s*/g, ' ')
  }
}

/** Whether there is somebody who could answer. */
export const isTerminal = (): boolean => process.stdin.isTTY === true && process.stdout.isTTY === true

/** @param check throws where the name cannot be */
export const askName = async (check: (name: string) => void): Promise<string> => {
  const { input } = await load()
  const answer = await input({ message: 'What is the resource called? Its plural, such as invoices:', validate: (name) => verdict(() => check(name.trim())) }) // prettier-ignore

  return answer.trim()
}

/** The fields as they are typed, one after the other, until an empty line. */
export const askFields = async (): Promise<string[]> => {
  const { input } = await load()
  process.stdout.write(`Types: ${Object.keys(FIELD_TYPES).join(', ')}. Behind them :unique, :nullable, :default=…\n`) // prettier-ignore
  const fields: string[] = []
  for (;;) {
    const validate = (typed: string): true | string => {
      if (typed.trim() !== '') return verdict(() => parseField(typed.trim()))
      return fields.length > 0 || 'Type one field at least, such as title:text'
    }
    const typed = (await input({ message: 'Field, such as title:text (empty when done):', validate })).trim()
    if (typed === '') return fields
    fields.push(typed)
  }
}

const NOBODY = ''

/** The field that names who owns a record, chosen among those that refer to users. */
export const askOwner = async (fields: readonly DraftField[]): Promise<string | undefined> => {
  const candidates = fields.filter(({ references }) => references === 'users').map(({ name }) => name)
  if (candidates.length === 0) return undefined
  const { select } = await load()
  const choices = [...candidates.map((name) => ({ name, value: name })), { name: 'nobody', value: NOBODY }]

  return (await select({ message: 'Whose are the records?', choices })) || undefined
}

const AUDIENCES = [
  { name: 'whoever is signed in', value: 'signed-in' },
  { name: 'administrators', value: 'admin' },
  { name: 'everybody', value: 'anyone' }
] as const

/** Who may do something with records that are nobody's. */
export const askAudience = async (message: string, first: 'signed-in' | 'admin'): Promise<Audience> => {
  const { select } = await load()
  const answer = await select({ message, choices: AUDIENCES, default: first })

  return answer === 'admin' ? ['admin'] : answer
}
