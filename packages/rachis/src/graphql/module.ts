import { isDevelopment } from '../errors/errors'
import type { Module, ModuleContext } from '../module'
import { errors } from './errors'
import type { FindDocument } from './persisted'
import { persistedDocuments } from './persisted'
import { playground } from './playground'
import type * as Server from './server'
import type { PageFiles } from '../util/page-files'
import { graphqlSettings } from './settings'

const PRODUCES = ['application/json', 'application/graphql-response+json', 'text/event-stream']

/** The server of one application, loaded and made at its first request: most processes that start are asked nothing. */
class LazyServer {
  private readonly find: FindDocument
  /** Undefined until something was asked. */
  made?: Server.GraphqlServer

  /** @throws Error for a file of persisted operations that cannot be read */
  constructor(private readonly context: ModuleContext) {
    const { persisted, persisted_only } = context.app.get('graphql')
    this.find = persistedDocuments(persisted, context.root, persisted_only)
  }

  get(): Server.GraphqlServer {
    return (this.made ??= (require('./server') as typeof Server).graphqlServer(this.context, this.find))
  }
}

const servers = new WeakMap<object, LazyServer>()

/** Every part of the module but its name. */
export const graphqlModule = {
  settings: graphqlSettings,
  errors,
  paths: { graphql: { at_root: { consumes: ['application/json'], produces: PRODUCES } } },
  prepare: (context) => void servers.set(context.app, new LazyServer(context)),
  middleware: ({ app }) => ({
    served: { graphql: (ctx, next) => servers.get(app)!.get().answer(ctx, next) },
    concerns: () => false
  }),
  pages: (): Record<string, PageFiles> => (isDevelopment() ? { '/graphql': playground } : {}),
  upgrades: ({ app }) => ({
    '/graphql': {
      open: (request, socket, head) => servers.get(app)!.get().sockets.open(request, socket, head),
      close: () => servers.get(app)!.made?.sockets.close()
    }
  })
} satisfies Omit<Module, 'name'>
