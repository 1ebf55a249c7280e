/** The package names this file in `exports` alone, which the resolution of modules of this project does not read. */
declare module 'graphql-ws/use/ws' {
  export * from 'graphql-ws/dist/use/ws'
}
