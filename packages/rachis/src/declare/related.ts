import type { Refers } from './traits'

declare const kDeclared: unique symbol
/** What the type of a service keeps of its declaration, for the types of what is answered along with its records. It exists in the type system only. */
export interface OfDeclaration<F, R, Record> {
  readonly [kDeclared]?: { readonly fields: F; readonly relations: R; readonly record: Record }
}
interface Declared {
  readonly fields: unknown
  readonly relations: unknown
  readonly record: unknown
}
type DeclaredOf<S> = S extends { readonly [kDeclared]?: infer D extends Declared } ? D : never
type RecordOf<S> = [DeclaredOf<S>] extends [never] ? Record<string, unknown> : DeclaredOf<S>['record']

type Dashed<N> = N extends `${infer A}_${infer B}` ? `${A}-${Dashed<B>}` : N
/** The service of a resource, among services by path. */
type ServiceNamed<All, N> = N extends keyof All
  ? All[N]
  : Dashed<N> extends keyof All
    ? All[Dashed<N>]
    : unknown

/** The resource that a foreign key refers to, also where it may be null. */
type ReferenceOf<S> = S extends { readonly anyOf: readonly [infer I, ...unknown[]] }
  ? ReferenceOf<I>
  : S extends Refers<infer N>
    ? N
    : never
type ReferredBy<All, S, C> = ServiceNamed<
  All,
  ReferenceOf<DeclaredOf<S>['fields'][C & keyof DeclaredOf<S>['fields']]>
>

type Behind<All, S, Relation, P extends string> = Relation extends { readonly one: infer C }
  ? Included<All, ReferredBy<All, S, C>, P> | null
  : Relation extends { readonly many: infer N }
    ? Included<All, ServiceNamed<All, N>, P>[]
    : Relation extends { readonly through: infer N; readonly to: infer C }
      ? Included<All, ReferredBy<All, ServiceNamed<All, N>, C>, P>[]
      : never

type Head<P> = P extends `${infer H}.${string}` ? H : P
type Tail<P, H> = P extends `${H & string}.${infer T}` ? T : never

/** What `$include` may name: the relations of a declaration, and those behind them by a path. */
export type RelationPath<S> = [DeclaredOf<S>] extends [never]
  ? string
  : RelationName<keyof DeclaredOf<S>['relations'] & string>
export type RelationName<N extends string> = N | `${N}.${string}`

/**
 * A record of a service with what is answered along with it, of the services `All`: one record or null, or a list of them.
 *
 * @example Included<ServiceTypes, ServiceTypes['deals'], 'tags' | 'company.team'> // { …, tags: Tag[], company: { …, team: Team | null } | null }
 */
export type Included<All, S, P extends string> = [P] extends [never]
  ? RecordOf<S>
  : Merged<RecordOf<S>, All, S, P>
type Merged<R, All, S, P extends string> = {
  [K in keyof R | Head<P>]: K extends Head<P>
    ? Behind<All, S, DeclaredOf<S>['relations'][K & keyof DeclaredOf<S>['relations']], Tail<P, K>>
    : R[K & keyof R]
}
