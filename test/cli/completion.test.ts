import { spawnSync } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

import { expect } from 'chai'

import { createAppFolder, type AppFolder } from '../helpers/app-folder.js'
import { lokstra, lokstraScript, runProgram } from '../helpers/lokstra.js'
import { poll } from '../helpers/poll.js'
import { spawnOnTerminal } from '../helpers/terminal.js'

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

  /** What a shell finds: `lokstra`, and nothing of the person who runs the tests. */
  const shellEnv = () => ({
    ...process.env,
    PATH: `${join(app.path, 'bin')}:${process.env.PATH}`,
    HOME: app.path,
    XDG_CONFIG_HOME: app.path,
    XDG_DATA_HOME: app.path,
    TERM: 'xterm',
  })

  describe('in fish', () => {
    before(async function () {
      if (!hasShell('fish')) this.skip()
      await writeFile(join(app.path, 'script.fish'), (await lokstra(app.path, 'completion', 'fish')).stdout)
    })

    const ownWords = Object.entries(lines).filter(([line]) => !line.startsWith('lokstra completion'))
    for (const [line, words] of ownWords) {
      it(`offers ${words.join(', ') || 'files'} for "${line}"`, async () => {
        const command = `source script.fish; complete --do-complete '${line}'`
        const options = { cwd: app.path, env: shellEnv() }
        const { stdout, stderr } = await runProgram('fish', ['--no-config', '-c', command], options)
        expect(stderr).to.equal('')
        const offered = stdout.split('\n').filter((word) => word !== '')
        if (words.length === 0) expect(offered).to.include('lokstra.yaml')
        else if (words[0]!.startsWith('apps.')) expect(offered).to.include(words[0])
        else expect(offered).to.have.members(words)
      })
    }
  })

  describe('in zsh', () => {
    before(async function () {
      if (!hasShell('zsh')) this.skip()
      await mkdir(join(app.path, 'functions'), { recursive: true })
      const { stdout } = await lokstra(app.path, 'completion', 'zsh')
      for (const file of ['script.zsh', 'functions/_lokstra']) await writeFile(join(app.path, file), stdout)
    })

    /** Types into a zsh at a terminal: each text once what is wanted of the one before is on the screen. */
    async function type(steps: readonly (readonly [keys: string, shown: RegExp])[]): Promise<void> {
      const shell = spawnOnTerminal('zsh -f -i', { cwd: app.path, env: shellEnv() })
      try {
        let screen = ''
        shell.stdout.setEncoding('utf8').on('data', (text: string) => (screen += text))
        for (const [keys, shown] of steps) {
          screen = ''
          shell.stdin.write(keys)
          await poll(
            () => shown.test(stripVTControlCharacters(screen)),
            () => `no ${shown} after ${JSON.stringify(keys)} in:\n${screen}`,
          )
        }
      } finally {
        shell.kill('SIGKILL')
      }
    }
    const clear = '\u0015'
    const asked: readonly (readonly [keys: string, shown: RegExp])[] = [
      ['lokstra ro\t', /routes/],
      [`${clear}lokstra why \t`, /config +help +inject +route/],
      [`${clear}lokstra why route GET /\t`, /\/times\/now/],
      [`${clear}lokstra start --set apps.public.liste\t:1`, /n=:1/],
      [`${clear}lokstra start --config lok\t`, /lokstra\.yaml/],
    ]

    it('completes once the script was read, with or without its completion system', async () => {
      await type([["PROMPT='ready> '; source script.zsh\n", /ready> $/], ...asked])
    })

    it('completes from a folder of functions', async () => {
      const setUp = "PROMPT='ready> '; fpath=($PWD/functions $fpath); autoload -Uz compinit; compinit -u\n"
      await type([[setUp, /ready> $/], ...asked.slice(0, 2)])
    })
  })

  it('knows no other shell', async () => {
    expect((await lokstra(app.path, 'completion', 'cmd')).code).to.equal(2)
  })
})

/** `.ci/run` installs both; elsewhere what tests them is left out. */
function hasShell(name: string): boolean {
  return spawnSync(name, ['-c', 'exit']).status === 0
}
