import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Absolute path of the repository, without a slash at its end. */
export const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')

const generated = new Set(['.git', '.lokstra', 'coverage', 'dist', 'node_modules'])

/** Every file that people wrote, as sorted paths relative to the repository. */
export function repositoryFiles(folder = repositoryRoot): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !generated.has(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return repositoryFiles(path)
      return entry.isFile() && !entry.name.endsWith('.tsbuildinfo') ? [relative(repositoryRoot, path)] : []
    })
    .sort()
}
