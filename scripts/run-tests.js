// Runs the tests, a process for each folder and several side by side: many of them wait, and two cores are better used by three.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'

import { runQuietly } from './run-quietly.js'

const tests = 'test/dist'
const atOnce = 3
/** Those that take longest, so that none of them is left for the end. */
const longest = ['samples', 'cli']
/** Their servers are many, and what they show of the packages is covered by others: uncounted they take a third less. */
const uncounted = new Set(['samples', 'bench', 'repository'])
/** What processes do that their tests start is shown by nothing else. */
const countedChildren = new Set(['cli'])
/** Of so many parts that each is run by itself. */
const divided = ['core', 'services']

const summaries = mkdtempSync(join(tmpdir(), 'lokstra-tests-'))
process.on('exit', () => rmSync(summaries, { recursive: true, force: true }))

const filesOf = testsByFolder()
const folders = [...longest, ...[...filesOf.keys()].filter((folder) => !longest.includes(folder))]
const counts = { passed: 0, failed: 0, skipped: 0 }
await Promise.all(Array.from({ length: atOnce }, work))
if (process.env.TEST_SUMMARY) writeFileSync(process.env.TEST_SUMMARY, JSON.stringify(counts))

/** All files of tests, by the folder that they are run with. */
function testsByFolder() {
  const byFolder = new Map()
  for (const file of readdirSync(tests, { recursive: true })) {
    if (!file.endsWith('.test.js')) continue
    const [folder, part, ...rest] = file.split(sep)
    const key = divided.includes(folder) && rest.length > 0 ? `${folder}/${part}` : folder
    byFolder.set(key, [...(byFolder.get(key) ?? []), join(tests, file)])
  }
  return byFolder
}

/** Takes one folder after the other, until none is left. */
async function work() {
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    const { code, output } = await run(folder)
    process.stdout.write(`\n${folder}\n${output}`)
    if (code !== 0) process.exitCode = code
    addCounts(summaryOf(folder))
  }
}

/** Its report is shown at its end: several at a time cannot be read. */
function run(folder) {
  const args = ['node_modules/mocha/bin/mocha.js', ...process.argv.slice(2), ...filesOf.get(folder)]
  const env = { ...process.env, TEST_SUMMARY: summaryOf(folder) }
  // Left out, Node would add it again.
  if (uncounted.has(folder)) env.NODE_V8_COVERAGE = ''
  if (countedChildren.has(folder)) env.COUNT_CHILDREN = '1'
  return runQuietly(process.execPath, args, env)
}

function summaryOf(folder) {
  return join(summaries, `${folder.replace('/', '.')}.json`)
}

/** A run that did not get to its end has left none; its exit status says that it failed. */
function addCounts(file) {
  try {
    const own = JSON.parse(readFileSync(file, 'utf8'))
    for (const key of Object.keys(counts)) counts[key] += own[key]
  } catch {
    counts.failed++
  }
}
