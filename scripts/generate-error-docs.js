// Writes the pages of errors from the compiled catalogue; with --check it only fails when one is out of date.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

const root = dirname(import.meta.dirname)
// Beside the other documentation, and in the package, where the printed errors point to.
const pages = ['docs/errors.md', 'packages/core/errors.md']

const text = render(await readCatalogue())
for (const page of pages) {
  const file = join(root, page)
  if (!process.argv.includes('--check')) {
    await writeFile(file, text)
  } else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    console.error(`${page} does not say what the catalogue says. Run: npm run docs:errors`)
    process.exitCode = 1
  }
}

/** The definitions by area: those of core's catalogue first, then those of the other packages. */
async function readCatalogue() {
  const areas = []
  const definedIn = new Map()
  for (const { source, compiled, name } of await catalogueFiles()) {
    const exported = Object.values(await import(pathToFileURL(compiled).href))
    const definitions = exported.filter((value) => typeof value?.code === 'string' && 'example' in value)
    for (const { code } of definitions) {
      if (definedIn.has(code)) throw new Error(`${code} is defined in ${definedIn.get(code)} and in ${source}`)
      definedIn.set(code, source)
    }
    for (const [, code] of (await readFile(source, 'utf8')).matchAll(/code: '([EW]_\w+)'/g)) {
      if (definedIn.get(code) !== source) throw new Error(`${source} defines ${code} and does not export it`)
    }
    areas.push({ name, definitions })
  }
  return areas
}

/** The sources decide, because the build may hold files whose source is gone. */
async function catalogueFiles() {
  const files = []
  for (const name of ['core', 'services', 'middleware', 'cli']) {
    const folder = join(root, 'packages', name, 'src')
    for (const file of (await readdir(folder, { recursive: true })).sort()) {
      const source = join(folder, file)
      if (!file.endsWith('.ts') || !/= defineError[<(]/.test(await readFile(source, 'utf8'))) continue
      const compiled = join(root, 'packages', name, 'dist', file.replace(/\.ts$/, '.js'))
      files.push({
        source,
        compiled,
        name: file.includes('catalogue/') ? basename(file, '.ts') : basename(dirname(file)),
      })
    }
  }
  return files
}

function render(areas) {
  const intro = [
    '# Errors',
    '',
    'Each problem that a developer can cause has a code. The message says what happened, where, and what to do.',
    'A code that starts with `W_` is one of the fields of a warning in the log: the server runs all the same.',
    'This page is written from the catalogue in the code; the codes that clients see are in the envelope of an answer.',
    '',
    ...areas.flatMap(({ name, definitions }) => [
      `- ${titleOf(name)}: ${definitions.map(({ code }) => `[${code}](#${code.toLowerCase()})`).join(', ')}`,
    ]),
  ]
  return [...intro, ...areas.flatMap(renderArea), ''].join('\n')
}

function renderArea({ name, definitions }) {
  return ['', `## ${titleOf(name)}`, ...definitions.flatMap(renderDefinition)]
}

function renderDefinition({ code, when, message, fix, example }) {
  return [
    '',
    `### ${code}`,
    '',
    plain(when),
    '',
    '```text',
    `${code}: ${message(example)}`,
    '```',
    '',
    `**Fix:** ${plain(fix(example))}`,
  ]
}

/** Text in which `<name>` stays text. */
function plain(sentence) {
  return sentence.replaceAll('<', '\\<')
}

function titleOf(name) {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ')
}
