import { Type } from '../../packages/rachis/src/declare'
import type { AnySpec } from '../../packages/rachis/src/declare/any-resource'
import { tableOf } from './declared'

/** Small, so that a migration is what the test is about. */
export const bare = (spec: Partial<AnySpec>, name?: string) => tableOf({ timestamps: false, ...spec }, name)
export const plain = Type.String()
export const TRUNCATION = `create trigger record_truncation after truncate on "things" for each statement execute function record_truncation('things')`
export const TRIGGER = `create trigger record_change after insert or update or delete on "things" for each row execute function record_change('things')`
