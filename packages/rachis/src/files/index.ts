import path from 'path'
import { Type } from '@feathersjs/typebox'
import { defineJob } from '../jobs'
import type { Module } from '../module'
import { filesBackup } from './backup'
import { removedFiles } from './consumer'
import { documents } from './documents'
import { errors } from './errors'
import { file } from './file-field'
import { FileStore } from './file-store'
import { formUploads } from './multipart'
import { files as fileRecords } from './resources/files'
import { uploads } from './resources/uploads'
import { filesSettings } from './settings'
import { resumableUploads } from './tus'
import type { Variants } from './variants'
import { assertVariants } from './variants'

interface FilesOptions {
  /** Smaller pictures that may be asked for, by their names. They need the package `sharp`. */
  readonly variants?: Variants
}

/**
 * The module of files: uploads by forms and by tus, downloads by the rules of the records that refer to them.
 *
 * @throws {Error} for variants where sharp is not installed, when the application is made
 * @example createApp({ modules: [accounts, files({ variants: { thumb: { width: 200 } } }), jobs([cleanFiles])], resources: [posts] })
 */
export const files = ({ variants = {} }: FilesOptions = {}) =>
  ({
    name: 'files',
    resources: [fileRecords, uploads],
    settings: filesSettings,
    migrations: path.join(__dirname, 'migrations'),
    errors,
    prepare(context) {
      assertVariants(variants)
      context.app.set('fileStore', new FileStore(context, variants))
    },
    middleware: (context) => ({
      streamed: [formUploads(context), resumableUploads(context)],
      concerns: () => false
    }),
    backup: (app) => filesBackup(app.get('files'), app.get('database').data_dir),
    consumers: (context) => [removedFiles(context)],
    documents,
    async close({ app }) {
      app.get('fileStore').storage.close?.()
    }
  }) satisfies Module

/** Removes uploads that have expired and files that nothing refers to, once an hour. The application lists it among its jobs. */
export const cleanFiles = defineJob('clean_files', {
  input: Type.Object({}, { additionalProperties: false }),
  transaction: false,
  timeout: 3600,
  schedule: { cron: '17 * * * *', input: {} },
  run: (_input, { app }) => app.get('fileStore').clean()
})

export { file, fileRecords, uploads }
export type { FilesSettings } from './settings'
export type { Variant, Variants } from './variants'
