import type { Readable } from 'stream'
import type * as S3 from '@aws-sdk/client-s3'
import type * as LibStorage from '@aws-sdk/lib-storage'
import type { FilesSettings } from '../settings'
import type { FileStorage } from './storage'
import { MissingBytes } from './storage'

const load = () => {
  try {
    return {
      ...(require('@aws-sdk/client-s3') as typeof S3),
      ...(require('@aws-sdk/lib-storage') as typeof LibStorage)
    }
  } catch (cause) {
    const hint = 'npm install @aws-sdk/client-s3 @aws-sdk/lib-storage'
    throw new Error(`files.storage is s3, for which two packages are missing: ${hint}`, { cause })
  }
}

/** Other servers than Amazon's know no checksums of the newer kind. */
const clientOptions = ({
  region,
  endpoint,
  path_style
}: FilesSettings['files']['s3']): S3.S3ClientConfig => ({
  region,
  forcePathStyle: path_style,
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
  ...(endpoint ? { endpoint } : {})
})

const isMissing = (error: unknown) => ['NoSuchKey', 'NotFound'].includes((error as Error).name)

const lengthOf = async (asked: Promise<S3.HeadObjectCommandOutput>): Promise<number | undefined> => {
  const found = await asked.catch((error: unknown) => {
    if (!isMissing(error)) throw error
  })

  return found?.ContentLength
}

/** The answer is a 200 also where some objects could not be removed. */
const assertRemoved = (errors: readonly S3._Error[]): void => {
  const [failed] = errors.filter(({ Code }) => Code !== 'NoSuchKey')
  if (failed) throw new Error(`The bucket keeps ${failed.Key}: ${failed.Code} ${failed.Message}`)
}

/**
 * Keeps bytes as objects of a bucket of Amazon S3 or of a server that speaks its protocol. Credentials come from where the SDK looks for them: the
 * environment, a profile, the role of the machine. A file is sent in parts of 5 MB, one after the other, so that its size need not be known and no more of it is in memory.
 *
 * @throws {Error} where the packages of the SDK are not installed
 */
export const s3Storage = ({ s3 }: FilesSettings['files']): FileStorage => {
  const {
    S3Client,
    GetObjectCommand,
    HeadObjectCommand,
    DeleteObjectsCommand,
    ListObjectsV2Command,
    Upload
  } = load()
  const client = new S3Client(clientOptions(s3))
  const Bucket = s3.bucket
  const keyOf = (key: string) => `${s3.prefix}${key}`

  return {
    async put(key, bytes) {
      const params = { Bucket, Key: keyOf(key), Body: bytes, ContentType: 'application/octet-stream' }
      await new Upload({ client, params, queueSize: 1, partSize: 5 * 1024 * 1024 }).done()
    },
    async get(key, range) {
      const asked = range ? { Range: `bytes=${range.first}-${range.last}` } : {}
      const get = new GetObjectCommand({ Bucket, Key: keyOf(key), ...asked })
      const { Body } = await client.send(get).catch((error: unknown) => {
        throw isMissing(error) ? new MissingBytes(key, error) : error
      })

      return Body as Readable
    },
    size: (key) => lengthOf(client.send(new HeadObjectCommand({ Bucket, Key: keyOf(key) }))),
    async remove(key) {
      const list = new ListObjectsV2Command({ Bucket, Prefix: keyOf(key) })
      const { Contents = [] } = await client.send(list)
      const Objects = Contents.flatMap(({ Key }) => (Key === undefined ? [] : [{ Key }]))
      if (Objects.length === 0) return
      const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
      assertRemoved(Errors)
    },
    close: () => client.destroy()
  }
}
