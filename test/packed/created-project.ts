import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Major } from '../helpers/compilers'
import { COMPILERS } from '../helpers/compilers'
import { engineTarball } from './engine-tarball'

const ROOT = path.join(__dirname, '../..')
const INSTALLED = path.join(ROOT, 'node_modules')
/** Those of a scope one by one, so that what is built into an application writes into none of this checkout. */
const packages = fs
  .readdirSync(INSTALLED)
  .filter((name) => name !== 'rachis' && name !== '.cache')
  .flatMap(
    (name) =>
    name.startsWith('@') ? fs.readdirSync(path.join(INSTALLED, name)).map((inner) => path.join(name, inner)) : [name] // prettier-ignore
  )
const run = promisify(execFile)

/** A folder with both packages as npm would publish them, in which applications are created. No network is asked. */
export class PackedCreator {
  private constructor(
    readonly folder: string,
    /** The tarball of the engine. */
    readonly engine: string
  ) {}

  static async make(): Promise<PackedCreator> {
    const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'rachis-created-')))
    // The account that the embedded database runs as has to enter it.
    fs.chmodSync(folder, 0o755)
    const creator = new PackedCreator(folder, await engineTarball(folder))
    const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: path.join(ROOT, 'packages/create-rachis') }) // prettier-ignore
    await creator.unpack(path.join(folder, stdout.trim()), path.join(folder, 'creator'))

    return creator
  }

  /** What `npm create rachis` runs. */
  get program(): string {
    return path.join(this.folder, 'creator/bin/create-rachis.cjs')
  }

  create(...args: readonly string[]) {
    return run(process.execPath, [this.program, ...args], { cwd: this.folder })
  }

  /** What `npm install` does in an application: every installed package of the checkout, and the engine from its tarball. */
  async install(application: string): Promise<void> {
    const modules = path.join(application, 'node_modules')
    await this.unpack(this.engine, path.join(modules, 'rachis'))
    // What the engine needs it finds where an install would put it: beside it.
    for (const name of packages) {
      fs.mkdirSync(path.dirname(path.join(modules, name)), { recursive: true })
      fs.symlinkSync(path.join(INSTALLED, name), path.join(modules, name), 'junction')
    }
    this.useCompiler(application, 7)
  }

  /** Another version of TypeScript in an application than the one of the checkout, which stands under the same name. */
  useCompiler(application: string, major: Major): void {
    const link = path.join(application, 'node_modules/typescript')
    fs.unlinkSync(link)
    fs.symlinkSync(COMPILERS[major], link, 'junction')
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true })
  }

  private async unpack(tarball: string, folder: string): Promise<void> {
    fs.mkdirSync(folder, { recursive: true })
    await run('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1'])
  }
}
