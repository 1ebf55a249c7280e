import type { Application } from 'rachis'

// Declared resources stand in resources.ts. Here `feathers generate service` adds the services that it writes: it looks for
// the line below, and for a body of more than one line.
export const services = (app: Application) => {
  // All services will be registered here
}
