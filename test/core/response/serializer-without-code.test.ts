import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { expect } from 'chai'

describe('a serialiser where code generation is forbidden', () => {
  it('writes the same, refuses the same, and can still show its text', async () => {
    const script = fileURLToPath(new URL('without-code.js', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, ['--disallow-code-generation-from-strings', script])
    expect(JSON.parse(stdout)).to.deep.equal({
      function: 'EvalError: Code generation from strings disallowed for this context',
      list: '[{"id":1,"title":"\\"","dueAt":"1970-01-01T00:00:00.000Z"},{}]',
      any: '{"users":[{"name":"Ada"}]}',
      refused: 'OutputMisfit: Todo.title is declared as string and was an object',
      text: true,
    })
  })
})
