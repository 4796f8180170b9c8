// Runs what checks the sources without running them, side by side, and shows what each says at its end.
import { runQuietly } from './run-quietly.js'

const scripts = ['lint', 'format:check', 'layers']

await Promise.all(
  scripts.map(async (script) => {
    const { code, output } = await runQuietly('npm', ['run', '--silent', script])
    process.stdout.write(`\n${script}\n${output}`)
    if (code !== 0) process.exitCode = code
  }),
)
