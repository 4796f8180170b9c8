// Runs the tests of core, services and the documentation, and all others, side by side as two processes: on two cores it takes little more than half the time.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'lokstra-tests-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** Of the first process; they take about as long as all others. */
const parts = ['core', 'services', 'docs']
const firstFiles = parts.map((part) => `test/dist/${part}/**/*.test.js`)
const otherFiles = [...parts.flatMap((part) => ['--ignore', `test/dist/${part}/**`]), 'test/dist/**/*.test.js']

const first = start('first', firstFiles, 'inherit')
const others = start('others', otherFiles, 'pipe')
// Two reports at a time cannot be read.
const output = []
others.child.stdout.on('data', (chunk) => output.push(chunk))
others.child.stderr.on('data', (chunk) => output.push(chunk))

const codes = [await first.ended]
codes.push(await others.ended)
process.stdout.write(Buffer.concat(output))
process.exitCode = codes.find((code) => code !== 0) ?? 0
if (process.env.TEST_SUMMARY) writeSummary(process.env.TEST_SUMMARY)

function start(name, files, stdio) {
  const args = ['node_modules/mocha/bin/mocha.js', ...process.argv.slice(2), ...files]
  const env = { ...process.env, TEST_SUMMARY: join(folder, `${name}.json`) }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', stdio, stdio] })
  return { child, ended: new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1))) }
}

/** A run that did not get to its end has left no counts; its exit status says that it failed. */
function writeSummary(file) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const name of ['first', 'others']) {
    try {
      const own = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))
      for (const key of Object.keys(counts)) counts[key] += own[key]
    } catch {
      counts.failed++
    }
  }
  writeFileSync(file, JSON.stringify(counts))
}
