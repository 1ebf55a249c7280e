import fs from 'node:fs'
import path from 'node:path'

interface Link {
  /** The file and the link to it, from the folder of the package: `native/lib/libpq.so.5.18`, `native/lib/libpq.so.5`. */
  readonly source: string
  readonly target: string
}

/** An npm archive holds no symbolic links, so the platform's package lists those that its libraries need. */
function listedLinks(folder: string): Link[] {
  const list = path.join(folder, 'pg-symlinks.json')
  return fs.existsSync(list) ? (JSON.parse(fs.readFileSync(list, 'utf8')) as Link[]) : []
}

function makeLink(source: string, target: string) {
  try {
    fs.symlinkSync(path.relative(path.dirname(target), source), target)
  } catch (error) {
    // Another process that starts at the same time has made it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/**
 * Makes the links to shared libraries that the install script of the platform's package would make. npm does not run
 * that script with `--ignore-scripts`, and npm 12 runs none that is not allowed; without the links the loader does not
 * find `libicuuc.so.60` and the like.
 *
 * @param folder `native` of the package
 * @throws {Error} where the links are missing and the folder cannot be written to
 */
export function linkLibraries(folder: string) {
  try {
    for (const { source, target } of listedLinks(folder)) {
      const [file, link] = [source, target].map((name) => path.join(folder, '..', name)) as [string, string]
      if (!fs.lstatSync(link, { throwIfNoEntry: false })) makeLink(file, link)
    }
  } catch (error) {
    throw new Error(
      `The libraries of the embedded PostgreSQL could not be linked: ${(error as Error).message}. Start it once as an ` +
        `account that may write to ${path.join(folder, 'lib')}, or set DATABASE_URL to a PostgreSQL server`
    )
  }
}
