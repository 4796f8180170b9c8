import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

import { expect } from 'chai'

import { ChildServer } from '../../helpers/child-server.js'
import { screenOf } from '../../helpers/terminal.js'

describe('the logger of last resort', () => {
  const lines = new Map<string, Record<string, unknown>>()
  before(async () => {
    await using server = new ChildServer('logging-server.js')
    expect((await server.exit).code).to.equal(0)
    for (const text of server.output.trim().split('\n')) {
      const line = JSON.parse(text) as Record<string, unknown>
      lines.set(String(line.msg), line)
    }
  })

  it('writes a value with a cycle as far as it goes, and the other fields as they are', () => {
    expect(lines.get('cyclic')).to.deep.include({ cyclic: { colour: 'green', self: '[circular]' }, id: 7 })
  })

  it('writes an error that is its own cause, and numbers of any size', () => {
    expect(lines.get('error')!.err).to.include({ type: 'Error', message: 'outer', cause: '[circular]' })
    expect(lines.get('error')!.big).to.equal('12')
  })

  it('writes the code of an error, and what it is made of', () => {
    const { type, code, errors } = lines.get('refused')!.err as Record<string, unknown>
    expect([type, code]).to.deep.equal(['AggregateError', 'ECONNREFUSED'])
    expect(errors).to.have.nested.property('[1].message', 'refused over IPv6')
  })

  it('writes the line where a field cannot be read', () => {
    expect(lines.get('hostile')!.unreadableFields).to.equal('Error: no')
  })

  it('keeps its own level, time and message, whatever fields are called', () => {
    const { time, ...stock } = lines.get('stock')!
    expect(stock).to.deep.equal({
      level: 'error',
      'field.level': 3,
      'field.time': 'noon',
      'field.msg': 'low',
      msg: 'stock',
    })
    expect(time).to.match(/Z$/)
    expect(lines.get('customer')).to.include({ level: 'error', 'field.level': 'gold' })
  })

  it('hides secrets in messages, fields, errors, and what cannot be written otherwise', () => {
    expect(lines.get('masked')).to.include({
      text: 'with ***',
      password: '[redacted]',
      bound: 'with ***',
      json: '{"secret":"with ***"}',
    })
    expect(lines.has('masked by itself: ***')).to.equal(true)
    expect(JSON.stringify([...lines.values()])).not.to.match(/log ."secret/)
  })

  it('hides a secret that is logged as a number', () => {
    expect(lines.get('numbers')).to.include({ pin: '***', big: '***', count: 83_920_147 })
  })

  it('gives a level set at run time to children that exist, unless they have their own', () => {
    expect(lines.has('before')).to.equal(false)
    expect(lines.get('after')).to.include({ level: 'debug', part: 'child' })
    expect(lines.has('own level')).to.equal(false)
  })
})

describe('the logger of last resort on a terminal', () => {
  const script = fileURLToPath(new URL('../../fixtures/servers/logging-server.js', import.meta.url))
  // What tells of a machine without people, for which Node shows no colours.
  const { NODE_ENV: _, NO_COLOR: __, CI: ___, ...env } = process.env
  const show = (more: NodeJS.ProcessEnv) =>
    screenOf(`'${process.execPath}' '${script}'`, { ...env, TERM: 'xterm-256color', ...more })

  it('writes lines for people: the time, the message, its fields, and errors with their stacks below', async () => {
    const screen = await show({ NO_COLOR: '1' })
    const lines = screen.split('\n')
    expect(lines[0]).to.match(
      /^\d\d:\d\d:\d\d\.\d{3} INFO {2}cyclic {2}cyclic=\{"colour":"green","self":"\[circular\]"\} id=7$/,
    )
    expect(screen).to.match(
      / INFO {2}masked .*text="with \*\*\*" password="\[redacted\]" list=\["with \*\*\*"\].*\n {4}err: Error: with \*\*\*\n {8}at /,
    )
    expect(screen).to.match(/ ERROR stock {2}field.level=3 field.time=noon field.msg=low\n/)
    expect(screen).to.match(
      / INFO {2}refused\n {4}err: AggregateError[^]*? {4}code: ECONNREFUSED\n {4}error: Error: refused over IPv4\n/,
    )
    expect(screen).to.match(/ INFO {2}no error {2}what=\{"type":"a","message":"b","stack":3\}\n/)
    expect(screen).to.match(/ DEBUG after {2}part=child\n/)
    expect(screen).to.not.match(/log ."secret/)
    expect(stripVTControlCharacters(screen)).to.equal(screen)
  })

  it('shows nothing that moves its cursor', async () => {
    const screen = await show({ NO_COLOR: '1' })
    expect(screen).to.match(/ WARN {2}redbell {2}text="\\u001b\[2Jcleared"\n {4}err: Error: gone(?:2J)?\n/)
  })

  it('has colours unless they are refused, and JSON in production', async () => {
    expect(await show({})).to.include('\u001b[36mINFO \u001b[39m')
    const [first] = (await show({ NODE_ENV: 'production' })).split('\n')
    expect(JSON.parse(first!)).to.include({ level: 'info', msg: 'cyclic', id: 7 })
  })
})
