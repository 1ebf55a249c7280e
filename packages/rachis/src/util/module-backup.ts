/** Statements of the database that a backup is of. */
export interface BackupDatabase {
  rows<T>(sql: string, values?: readonly unknown[]): Promise<T[]>
}

/** What came of copying or comparing. */
export interface BackupReport {
  /** What the database names. */
  readonly total: number
  /** What was not there before. */
  readonly copied: number
  /** The ids of what the database names and nobody has. */
  readonly missing: readonly string[]
  /** The ids of what is not as the database says. */
  readonly broken: readonly string[]
}

type Work = (
  /** Beside the dump. */
  folder: string,
  database: BackupDatabase,
  onProgress: (done: number, total: number) => void
) => Promise<BackupReport>

/** What a module keeps beside the database, such as the bytes of files: copied with a backup, or kept by somebody else. */
export type ModuleBackup =
  | {
      readonly elsewhere?: undefined
      /** Copies what the database names into a folder. It runs before and behind the dump, and passes over what is there. */
      readonly save: Work
      /** Copies back what the database names. */
      readonly restore: Work
      /** Compares the folder with what a restored database names. */
      readonly verify: Work
    }
  /** A sentence that says where it is, and what keeps it. */
  | { readonly elsewhere: string }
