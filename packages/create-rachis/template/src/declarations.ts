// The Feathers CLI imports these from here, and adds its services to ServiceTypes by `declare module '../../declarations'`:
// TypeScript merges such a declaration into what a module exports again only where that is done by `export *`.
export * from 'rachis'
