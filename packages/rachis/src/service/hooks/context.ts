import type { HookContext, NextFunction } from '@feathersjs/feathers'
import type { Application } from '../../declare/declarations'
import type { Model } from '../../model/model'
import type { Operation } from '../../model/operations'
import type { ResourceService } from '../resource-service'
import type { ResourceParams } from '../service'

export type { NextFunction }

/** The context that our hooks see: Feathers' own, with the parameters of a resource. */
export interface CallContext extends Omit<
  HookContext<Application, ResourceService>,
  'params' | 'data' | 'result'
> {
  params: ResourceParams
  // What a client sends is unknown until it is validated.
  data?: unknown
  result?: unknown
}
export type Hook = (context: CallContext, next: NextFunction) => Promise<void>

/** What stages ask of the context of a call that is no call of a service. */
export const contextOf = (
  app: Application,
  call: Pick<CallContext, 'path' | 'method' | 'params'> & { readonly http?: object }
): CallContext => ({ app, ...call }) as unknown as CallContext

export const isExternal = ({ params }: CallContext): boolean => params.provider !== undefined

/** Feathers' name of the method that a call runs as; `complete`, `approve` and their like are operations too. */
export const operationOf = (
  operations: ReadonlyMap<string, Operation>,
  { method }: CallContext
): Operation | undefined => operations.get(method)

export const operationsByName = ({ operations }: Model): ReadonlyMap<string, Operation> =>
  new Map(operations.map((operation) => [operation.name, operation]))
