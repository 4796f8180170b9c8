import { expect } from 'chai'

import { ChildServer } from '../../helpers/child-server.js'

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

  it('writes a value with a cycle as text, and the other fields as they are', () => {
    expect(lines.get('cyclic')!.cyclic).to.include("colour: 'green'")
    expect(lines.get('cyclic')!.id).to.equal(7)
  })

  it('writes an error that is its own cause, and numbers of any size', () => {
    expect(lines.get('error')!.err).to.include('Error: outer')
    expect(lines.get('error')!.big).to.equal('12')
  })

  it('writes the line where a field cannot be read', () => {
    expect(lines.get('hostile')!.boom).to.equal('[unreadable]')
  })

  it('hides secrets in messages, fields, errors, and what cannot be written otherwise', () => {
    expect(lines.get('masked')).to.include({ secret: 'with ***', bound: 'with ***', json: '{"secret":"with ***"}' })
    expect(lines.has('masked by itself: ***')).to.equal(true)
    expect(JSON.stringify([...lines.values()])).not.to.match(/log ."secret/)
  })

  it('gives a level set at run time to children that exist, unless they have their own', () => {
    expect(lines.has('before')).to.equal(false)
    expect(lines.get('after')).to.include({ level: 'debug', part: 'child' })
    expect(lines.has('own level')).to.equal(false)
  })
})
