/** Whether a call of the file system failed since nothing has this path. */
export const isMissingFile = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

/**
 * For `catch`: undefined where there is nothing of this path. A disk that fails or refuses is not taken for an empty one.
 *
 * @throws {unknown} Any other error
 * @example await stat('/data/absent').catch(unlessMissing) // undefined
 */
export const unlessMissing = (error: unknown): undefined => {
  if (isMissingFile(error)) return undefined
  throw error
}
