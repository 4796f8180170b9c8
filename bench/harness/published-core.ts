import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const repository = fileURLToPath(new URL('../../../', import.meta.url))

/**
 * A copy of the compiled benchmark that finds `@lokstra/core` as it is published, and every other package where the repository has it.
 * What is built has one file for each module, and takes longer to start.
 */
export class PublishedCore implements AsyncDisposable {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async stage(): Promise<PublishedCore> {
    const folder = await mkdtemp(join(tmpdir(), 'lokstra-bench-'))
    await cp(join(repository, 'bench/dist'), join(folder, 'bench/dist'), { recursive: true })
    await cp(join(repository, 'bench/package.json'), join(folder, 'bench/package.json'))
    await mkdir(join(folder, 'node_modules'))
    for (const [name, path] of await installedPackages()) await symlink(path, join(folder, 'node_modules', name))
    const core = join(folder, 'node_modules/@lokstra/core')
    await promisify(execFile)(process.execPath, [join(repository, 'scripts/stage-core.js'), core])
    await symlink(join(repository, 'packages/core/node_modules'), join(core, 'node_modules'))
    return new PublishedCore(folder)
  }

  /** Folder of the scripts, ending in a slash. */
  get scripts(): string {
    return join(this.#folder, 'bench/dist/')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** Paths by name, or by scope; those of the benchmark itself before those of the repository. */
async function installedPackages(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const folder of [join(repository, 'node_modules'), join(repository, 'bench/node_modules')]) {
    for (const name of await readdir(folder).catch(() => [])) found.set(name, join(folder, name))
  }
  found.delete('@lokstra')
  return found
}
