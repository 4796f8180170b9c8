// Runs the tests as three processes side by side: on two cores it takes little more than half the time, since many of them wait.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'lokstra-tests-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** Folders of tests by process; the last has all that no other has. They take about as long as each other. */
const groups = {
  core: { parts: ['core'] },
  // Their servers are many, and what they show of the packages the others have covered: without it they take a third less.
  samples: { parts: ['samples', 'bench', 'repository'], withoutCoverage: true },
  others: { parts: [] },
}

const runs = Object.entries(groups).map(([name, group], index) => start(name, group, index === 0))
const codes = []
for (const { ended, output } of runs) {
  codes.push(await ended)
  process.stdout.write(Buffer.concat(output))
}
process.exitCode = codes.find((code) => code !== 0) ?? 0
if (process.env.TEST_SUMMARY) writeSummary(process.env.TEST_SUMMARY)

/** The first one's report is seen as it comes, that of the others at their end: two at a time cannot be read. */
function start(name, { parts, withoutCoverage = false }, isShown) {
  const elsewhere = Object.values(groups).flatMap((other) => other.parts)
  const files = parts.map((part) => `test/dist/${part}/**/*.test.js`)
  if (files.length === 0) {
    files.push(...elsewhere.flatMap((part) => ['--ignore', `test/dist/${part}/**`]), 'test/dist/**/*.test.js')
  }
  const args = ['node_modules/mocha/bin/mocha.js', ...process.argv.slice(2), ...files]
  const env = { ...process.env, TEST_SUMMARY: summaryOf(name) }
  // Left out, Node would add it again.
  if (withoutCoverage) env.NODE_V8_COVERAGE = ''
  const stdio = isShown ? 'inherit' : 'pipe'
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', stdio, stdio] })
  const output = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk))
  return { ended: new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1))), output }
}

function summaryOf(name) {
  return join(folder, `${name}.json`)
}

/** A run that did not get to its end has left no counts; its exit status says that it failed. */
function writeSummary(file) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const name of Object.keys(groups)) {
    try {
      const own = JSON.parse(readFileSync(summaryOf(name), 'utf8'))
      for (const key of Object.keys(counts)) counts[key] += own[key]
    } catch {
      counts.failed++
    }
  }
  writeFileSync(file, JSON.stringify(counts))
}
