import { execFileSync } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { createAppFolder, type AppFolder } from '../helpers/app-folder.js'
import { lokstra, lokstraScript, runProgram } from '../helpers/lokstra.js'

const source = `import { Get, Post, Route } from '@lokstra/core'
const on = (decorator, type, name) => decorator(type.prototype, name, Object.getOwnPropertyDescriptor(type.prototype, name))
export class Times { now() {} set() {} }
for (const name of ['now', 'set']) Reflect.defineMetadata('design:paramtypes', [], Times.prototype, name)
on(Get('/now'), Times, 'now')
on(Post('/set'), Times, 'set')
Route('/times')(Times)
`
const configuration = "discover: ['dist/**/*.js']\napps:\n  - { name: public, listen: ':3000' }\n"

describe('lokstra completion', function () {
  this.timeout(60_000)
  let app: AppFolder
  before(async () => {
    app = await createAppFolder({ 'dist/times.js': source, 'lokstra.yaml': configuration })
    // What the shells call by name.
    await mkdir(join(app.path, 'bin'))
    await writeFile(join(app.path, 'bin/lokstra'), `#!/bin/sh\nexec '${process.execPath}' '${lokstraScript}' "$@"\n`)
    await chmod(join(app.path, 'bin/lokstra'), 0o755)
  })
  after(() => app[Symbol.asyncDispose]())

  /** What bash offers for a line with the cursor at its end. */
  async function inBash(line: string): Promise<readonly string[]> {
    const script = `source <(lokstra completion bash)
COMP_LINE="$1" COMP_POINT="\${#1}"
_lokstra
printf '%s\n' "\${COMPREPLY[@]}"`
    const env = { ...process.env, PATH: `${join(app.path, 'bin')}:${process.env.PATH}` }
    const { stdout, stderr } = await runProgram('bash', ['-c', script, 'bash', line], { cwd: app.path, env })
    expect(stderr).to.equal('')
    return stdout.split('\n').filter((word) => word !== '')
  }

  const lines: Readonly<Record<string, readonly string[]>> = {
    'lokstra ro': ['routes'],
    'lokstra why ': ['config', 'route', 'inject', 'help'],
    'lokstra why route G': ['GET'],
    'lokstra why route GET /': ['/times/now'],
    'lokstra why route post /times/': ['/times/set'],
    'lokstra why route GET /times/now --app ': ['public'],
    'lokstra why config apps.public.l': ['apps.public.listen'],
    'lokstra start --set apps.public.li': ['apps.public.listen='],
    'lokstra start --con': ['--config'],
    'lokstra completion z': ['zsh'],
    'lokstra start --config ': [],
    'lokstra start --config missing.yaml --set ': [],
    'lokstra nothing ': [],
  }
  for (const [line, words] of Object.entries(lines)) {
    it(`offers ${words.join(', ') || 'nothing of its own'} for "${line}"`, async () => {
      const offered = await inBash(line)
      if (words.length === 1 && words[0]!.startsWith('apps.')) expect(offered).to.include(words[0])
      else expect(offered).to.deep.equal(words)
    })
  }

  for (const shell of ['zsh', 'fish'] as const) {
    it(`prints a script that ${shell} takes`, async function () {
      try {
        execFileSync(shell, ['-c', 'exit'])
      } catch {
        this.skip()
      }
      const { stdout } = await lokstra(app.path, 'completion', shell)
      await writeFile(join(app.path, 'script'), stdout)
      expect(await runProgram(shell, ['-n', 'script'], { cwd: app.path })).to.deep.include({ code: 0, stderr: '' })
    })
  }

  it('knows no other shell', async () => {
    expect((await lokstra(app.path, 'completion', 'cmd')).code).to.equal(2)
  })
})
