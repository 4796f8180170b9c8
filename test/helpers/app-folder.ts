import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const nodeModules = fileURLToPath(new URL('../../../node_modules/', import.meta.url))

/** An application in a folder of its own, with the packages of this repository installed. */
export interface AppFolder extends AsyncDisposable {
  readonly path: string
}

/**
 * Writes an application.
 * @param files  by path; a package of its own goes under `node_modules/<name>/`
 * @param installed  names of packages that are linked from this repository
 */
export async function createAppFolder(
  files: Readonly<Record<string, string>>,
  installed: readonly string[] = ['@lokstra/core', 'class-validator'],
): Promise<AppFolder> {
  const path = await mkdtemp(join(tmpdir(), 'lokstra-app-'))
  for (const name of installed) {
    const link = join(path, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(nodeModules, name), link)
  }
  const manifest = { type: 'module', dependencies: Object.fromEntries(installed.map((name) => [name, '*'])) }
  for (const [name, content] of Object.entries({ 'package.json': JSON.stringify(manifest), ...files })) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await writeFile(join(path, name), content)
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
