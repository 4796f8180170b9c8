// Runs the tests under c8, with the limits of .c8rc.json, over every compiled file that holds code.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

// A file of types alone is never loaded, so c8 would count each of its lines as missed; a file whose source is gone is left over.
const withoutCode = readdirSync('packages').flatMap((name) => {
  const dist = join('packages', name, 'dist')
  return readdirSync(dist, { recursive: true })
    .filter((file) => file.endsWith('.js'))
    .filter((file) => isTypesOnly(join(dist, file)) || !existsSync(sourceOf(name, file)))
    .map((file) => join(dist, file))
})

const test = [process.execPath, 'scripts/run-tests.js', '--forbid-only', ...process.argv.slice(2)]
const command = ['node_modules/c8/bin/c8.js', ...withoutCode.flatMap((file) => ['--exclude', file]), ...test]
const child = spawn(process.execPath, command, { stdio: 'inherit' })
child.on('exit', (code) => {
  process.exitCode = code ?? 1
})

function isTypesOnly(file) {
  return /^(?:export \{\};\s*)?(?:\/\/# sourceMappingURL=.*\s*)?$/.test(readFileSync(file, 'utf8'))
}

function sourceOf(name, file) {
  return join('packages', name, 'src', file.replace(/\.js$/, '.ts'))
}
