import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { createServer, type Class } from '@lokstra/core'
import { expect } from 'chai'

import { createAppFolder } from '../helpers/app-folder.js'
import { readConsoleSteps } from '../helpers/console-blocks.js'
import { readBlocks } from '../helpers/markdown.js'
import { repositoryRoot } from '../helpers/repository.js'
import { compileSchema, type Schema } from '../core/config/schema/compile-schema.js'
import { compilePage } from './compile-page.js'

const page = join(repositoryRoot, 'docs/editor.md')
const command = join(repositoryRoot, 'packages/cli/bin/lokstra.js')
const [configuration] = readBlocks(page).filter(({ lang }) => lang === 'yaml')

/** Standard error, where the command says what it wrote. */
async function run(folder: string, ...args: string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, [command, ...args], { cwd: folder })).stderr
}

describe('the page about editors', () => {
  it('shows what the command prints, and names a file that it writes', async () => {
    await using app = await createAppFolder({ 'lokstra.yaml': configuration!.text }, [
      '@lokstra/core',
      '@lokstra/services',
      'class-validator',
    ])
    for (const { command: line, output } of readConsoleSteps(page)) {
      expect((await run(app.path, ...line.split(' ').slice(1))).trimEnd()).to.equal(output)
    }
    const schema = JSON.parse(await readFile(join(app.path, 'lokstra.schema.json'), 'utf8')) as Schema
    expect(compileSchema(schema)({ services: { db: { type: 'postgres', poolsize: 5 } } })).to.include(
      '/services/db: must NOT have additional properties',
    )
  })

  it('names a schema that core ships', async () => {
    const [, path = ''] = /^# yaml-language-server: \$schema=(\S+)$/m.exec(configuration!.text) ?? []
    expect(JSON.parse(await readFile(join(repositoryRoot, path), 'utf8'))).to.have.property('definitions')
  })

  it('shows a class whose comments, bounds and defaults are in the schema', async () => {
    const compiled = await compilePage('docs/editor.md')
    try {
      const { Mailer } = (await compiled.load()) as { Mailer: Class }
      const server = createServer({ services: [Mailer] })
      const { definitions } = (await server.configurationSchema()) as { definitions: Record<string, Schema> }
      const { properties, required } = definitions['services.mailer'] as unknown as {
        properties: Record<string, Schema>
        required: readonly string[]
      }
      expect(required).to.deep.equal(['type', 'from'])
      expect(properties.from!.examples).to.deep.equal(['shop@example.com'])
      expect(properties.timeout).to.deep.include({ default: '10s', minimum: 1, maximum: 60_000 })
      expect(properties.priority).to.deep.include({ default: 'normal' })
    } finally {
      compiled.remove()
    }
  })

  it('is right that comments of discovered classes are shown where there are declarations', async () => {
    await using app = await createAppFolder({
      'lokstra.yaml': 'discover: [dist/*.js]\n',
      'dist/mailer.js': `import { Service } from '@lokstra/core'
import { IsString } from 'class-validator'
class MailerConfig {}
IsString()(MailerConfig.prototype, 'from')
Reflect.defineMetadata('design:type', String, MailerConfig.prototype, 'from')
export class Mailer {}
Service({ name: 'mailer', config: MailerConfig })(Mailer)
`,
    })
    const fromOf = async () => {
      await run(app.path, 'config', 'schema', '--out', 'schema.json')
      const schema = JSON.parse(await readFile(join(app.path, 'schema.json'), 'utf8')) as Schema
      const { definitions } = schema as { definitions: Record<string, { properties: Record<string, Schema> }> }
      return definitions['services.mailer']!.properties
    }
    const bare = await fromOf()
    expect([bare.type, bare.from]).to.deep.equal([{ const: 'mailer' }, { type: 'string' }])
    const declarations = `/** Not of the config. */
export declare class Other {
    /** Wrong. */
    from: string;
}
/**
 * What the mailer needs.
 * @see Mailer
 */
export declare class MailerConfig {
    /**
     * Address that
     * {@link Mailer} sends from.
     * @deprecated
     */
    from: string;
}
/** Sends mails. */
export declare class Mailer {
}
`
    await writeFile(join(app.path, 'dist/mailer.d.ts'), declarations)
    const { type, from } = await fromOf()
    expect(type!.description).to.equal('Sends mails.')
    expect(from!.description).to.equal('Address that `Mailer` sends from.')
  })
})
