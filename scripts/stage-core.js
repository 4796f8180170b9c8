// Writes @lokstra/core to a folder as it is published: the modules of the build in a few files. Most of what a small server takes to
// start is the loading of modules, and most of that is to find and open files: what is built takes twice as long to import.
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { build } from 'esbuild'

import { dropIdleNames } from './drop-idle-names.js'

const source = join(dirname(import.meta.dirname), 'packages/core')
const { default: manifest } = await import(pathToFileURL(join(source, 'package.json')).href, { with: { type: 'json' } })

/** @param folder  absolute; is made, with what it needs above it */
export async function stageCore(folder) {
  await mkdir(folder, { recursive: true })
  for (const name of ['package.json', 'README.md', 'LICENSE', ...manifest.files]) {
    await cp(join(source, name), join(folder, name), { recursive: true })
  }
  const dist = join(folder, 'dist')
  const { outputFiles } = await build({
    // The last is a program that runs by itself.
    entryPoints: ['index.js', 'testing/index.js', 'testing/topology/server-process.js'].map((file) => join(dist, file)),
    // Paths in comments and source maps are those of the package, wherever it is made.
    absWorkingDir: folder,
    outdir: dist,
    write: false,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // A class is one class, whichever entry it is imported from; and what is imported when it is needed stays apart.
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    // Names of classes and functions are seen: in errors, in `lokstra routes`, as names of services.
    keepNames: true,
    // `sideEffects` in package.json is about the entries; their modules count on each other.
    ignoreAnnotations: true,
    sourcemap: true,
    sourcesContent: false,
  })
  // The declarations stay: editors read them, and `lokstra config schema`.
  for (const path of await readdir(dist, { recursive: true })) {
    if (/\.js(?:\.map)?$/.test(path)) await rm(join(dist, path))
  }
  await mkdir(join(dist, 'chunks'))
  for (const { path, text } of outputFiles) await writeFile(path, path.endsWith('.js') ? dropIdleNames(text) : text)
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await stageCore(resolve(process.argv[2]))
