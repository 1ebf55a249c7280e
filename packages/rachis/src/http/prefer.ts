import type { IncomingMessage } from 'http'
import { mayBeMinimal } from '../model/minimal'
import type { Operation } from '../model/operations'
import type { CheckedAnswer } from './answer'

const RETURN = /(?:^|,)\s*return\s*=\s*"?(minimal|representation)"?\s*(?=[,;]|$)/i

/**
 * The answer of a write in the form that its client prefers: with `Prefer: return=minimal` without the record that was written.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7240#section-4.2
 */
export const preferred = (
  { headers: sent }: IncomingMessage,
  operation: Operation,
  answer: CheckedAnswer
): CheckedAnswer => {
  const { prefer } = sent
  if (prefer === undefined || !mayBeMinimal(operation)) return answer
  const wanted = RETURN.exec(String(prefer))?.[1]?.toLowerCase()
  if (wanted === undefined || answer.status > 201) return answer
  const headers = [...answer.headers, ['Preference-Applied', [`return=${wanted}`]] as const]
  if (wanted === 'representation') return { ...answer, headers }

  return { status: answer.status === 200 ? 204 : answer.status, headers, body: '' }
}
