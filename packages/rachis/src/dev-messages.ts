/** What a server that `npm run dev` has started, and `npm run dev` itself, say to each other. */
export type FromServer =
  /** Its modules are loaded and its declarations verified; it waits to be let go. `api` is a line for each thing that it offers. */
  | { readonly rachis: 'loaded'; readonly api: readonly string[] }
  /** It serves; `engine` is the files of the engine that it has loaded. */
  | { readonly rachis: 'ready'; readonly engine: readonly string[] }
/** To load these files of the engine ahead, to load the application, and to serve once the server from before has stopped. */
export type ToServer = { readonly ahead: readonly string[] } | 'load' | 'go'

/** Set in the environment of a server that `npm run dev` has started. */
export const DEV = 'RACHIS_DEV'
