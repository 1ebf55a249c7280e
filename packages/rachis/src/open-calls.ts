import type { Application } from './declare/declarations'
import type { Model } from './model/model'
import { createCall } from './service/call'
import type { Hook } from './service/hooks/context'
import { watchHooks } from './service/hooks/watch-hooks'
import { Exports } from './service/exports'
import { Imports } from './service/imports'
import { versionedCall, versionedExport, versionedImport } from './service/versioned-call'
import { TextReads } from './service/text-reads'

/**
 * Sets `call`, `readText`, `exportRecords` and `importRecords`, by which the transports call operations. To be called once the engine's own hooks are around all services:
 * hooks that come later are somebody else's.
 *
 * @param errors makes errors of the catalogue of all failures
 */
export const openCalls = (
  app: Application,
  models: readonly Model[],
  errors: Hook
): { readonly textReads: TextReads; readonly exports: Exports; readonly imports: Imports } => {
  const place = () => {
    const { feed, tokenAt } = app.get('engine')
    return tokenAt(feed.cursor)
  }
  const hasOtherHooks = watchHooks(app)
  const options = { place, errors, hasOtherHooks }
  const [textReads, exports] = [new TextReads(app, options), new Exports(app, options)]
  const versions = app.get('versions')
  app.set('exportRecords', versionedExport(exports.read, models, versions))
  const imports = new Imports(app, options)
  app.set('importRecords', versionedImport(imports.read, models, versions))
  app.set('call', versionedCall(createCall(app, models, { place, hasOtherHooks }), models, versions))
  // Who looks at stages or statements wants to see those of the pipeline.
  if (!app.get('http').server_timing && !app.get('database').log) app.set('readText', textReads.read)

  return { textReads, exports, imports }
}
