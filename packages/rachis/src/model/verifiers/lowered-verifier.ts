import type { AnyResource } from '../../declare'
import type { Problem } from '../../declare/verifiers/shared/problem'
import type { Model } from '../model'

/** Checks one resource by what it was lowered to; the declaration says what was written there. */
export type LoweredVerifier = (model: Model, declaration: AnyResource) => Problem[]
