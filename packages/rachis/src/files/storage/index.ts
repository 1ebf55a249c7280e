import path from 'path'
import type { FilesSettings } from '../settings'
import { diskStorage } from './disk'
import { s3Storage } from './s3'
import type { FileStorage } from './storage'

/**
 * Where the settings say that bytes are kept.
 *
 * @param folder of files on the disk, where the settings say so
 * @throws {Error} for a bucket where the packages of the SDK are not installed
 */
export const storageFor = (settings: FilesSettings['files'], folder: string): FileStorage =>
  settings.storage === 's3' ? s3Storage(settings) : diskStorage(path.join(folder, 'kept'))
