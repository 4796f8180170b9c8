/** Run by serializer-without-code.test.ts in a process that forbids code from strings. Prints what serialisers wrote. */
import { Exclude } from 'class-transformer'

import { compileSerializer, objectOf, serializerText, type ValueType } from './internals.js'

const todo = objectOf('Todo', [
  { property: 'id', type: { kind: 'number' } },
  { property: 'title', type: { kind: 'string' } },
  { property: 'dueAt', type: { kind: 'date' } },
])
const list: ValueType = { kind: 'array', element: todo }

class User {
  @Exclude() password = 'hunter2'
  name = 'Ada'
}

function attempt(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
}

console.log(
  JSON.stringify({
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- shows that it is forbidden
    function: attempt(() => new Function('return 1')),
    list: attempt(() => compileSerializer(list).write([{ id: 1, title: '"', dueAt: new Date(0), password: 1 }, {}])),
    any: attempt(() => compileSerializer({ kind: 'any' }).write({ users: [new User()] })),
    refused: attempt(() => compileSerializer(todo).write({ title: { password: 1 } })),
    text: attempt(() => serializerText(todo).includes('function write_Todo')),
  }),
)
