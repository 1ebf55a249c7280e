import type { HookOptions, Params, Query } from '@feathersjs/feathers'
import type { Static, TProperties, TSchema } from '@feathersjs/typebox'
import type { AggregateQuery, Group } from './aggregates'
import type { ServiceTypes } from './declarations'
import type { CreateData, IdOf, PatchData, Resource, Row, Simplify } from './define-resource'
import type { Included, OfDeclaration, RelationName } from './related'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- stands for "some type parameter"
type Some = any

/** What `find` answers: a page. */
export interface Page<R> {
  total: number
  limit: number
  skip: number
  data: R[]
}
/**
 * A read that names no `$include`. Its signature comes first: what compares two services, such as Feathers' types of hooks, takes the first one that
 * fits, and does not work out the records of every relation.
 */
interface Plain extends Params {
  query?: Query & { $include?: undefined }
}
/** What a read is asked for along with its records. */
type Asked<P extends string> = Params & { readonly query: { readonly $include: readonly P[] } }
type Call<I, R> = (data: I, params?: Params) => Promise<R>
type OnRecord<I> = Simplify<{ id: number | string } & I>

type Created<F extends TProperties, C> = [C] extends [never]
  ? CreateData<F>
  : C extends TSchema
    ? Static<C>
    : never

/** The Feathers service type of a declaration: `app.service('tasks')` without generated code. */
export type ServiceOf<D> =
  D extends Resource<Some, infer F, infer X, infer T, infer A, infer P, infer C, infer R>
    ? OfDeclaration<F, R, Row<F, X>> & {
        find(params?: Plain): Promise<Page<Row<F, X>>>
        find<I extends RelationName<keyof R & string>>(
          params: Asked<I>
        ): Promise<Page<Included<ServiceTypes, ServiceOf<D>, I>>>
        find(params?: Params): Promise<Page<Row<F, X>>>
        get(id: IdOf<X>, params?: Plain): Promise<Row<F, X>>
        get<I extends RelationName<keyof R & string>>(
          id: IdOf<X>,
          params: Asked<I>
        ): Promise<Included<ServiceTypes, ServiceOf<D>, I>>
        get(id: IdOf<X>, params?: Params): Promise<Row<F, X>>
        create(data: Created<F, C>, params?: Params): Promise<Row<F, X>>
        create(data: Created<F, C>[], params?: Params): Promise<Row<F, X>[]>
        update(id: IdOf<X>, data: CreateData<F>, params?: Params): Promise<Row<F, X>>
        patch(id: IdOf<X>, data: PatchData<F>, params?: Params): Promise<Row<F, X>>
        remove(id: IdOf<X>, params?: Params): Promise<Row<F, X>>
        aggregate(data?: AggregateQuery<Row<F, X>>, params?: Params): Promise<Page<Group<Row<F, X>>>>
        hooks(map: HookOptions<Some, Some>): unknown
      } & { [K in keyof T]: Call<{ id: IdOf<X> }, Row<F, X>> } & {
        [K in keyof A]: Call<OnRecord<Static<A[K]>>, Some>
      } & { [K in keyof P]: Call<Static<P[K]>, Some> }
    : never
