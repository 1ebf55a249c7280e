import Module from 'module'

/** What Node gives its loader of modules to be replaced by, which its types leave out. Loaders such as tsx rely on the same. */
export interface LoadedModule extends Module {
  _compile: Compile
}
export type Compile = (this: LoadedModule, content: string, filename: string, format?: string) => unknown
export type Resolve = (request: string, parent: Module | undefined, ...rest: unknown[]) => string

interface Loader {
  readonly prototype: { _compile: Compile }
  readonly wrapper: readonly [string, string]
  readonly _cache: NodeJS.Dict<NodeModule>
  readonly _extensions: NodeJS.RequireExtensions
  _resolveFilename: Resolve
  _resolveLookupPaths(request: string, parent: Module): string[] | null
}

export const loader = Module as unknown as Loader
