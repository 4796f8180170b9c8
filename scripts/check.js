// Runs what checks the sources without running them, side by side, and shows what each says at its end.
import { spawn } from 'node:child_process'

const scripts = ['lint', 'format:check', 'layers']

await Promise.all(
  scripts.map(async (script) => {
    const { code, output } = await run(script)
    process.stdout.write(`\n${script}\n${output}`)
    if (code !== 0) process.exitCode = code
  }),
)

function run(script) {
  const child = spawn('npm', ['run', '--silent', script], { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk))
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(output).toString() }))
  })
}
