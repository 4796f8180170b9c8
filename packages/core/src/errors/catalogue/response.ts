import { defineError } from '../lokstra-error.js'

export const E_RESPONSE_HEADER = defineError<{ reason: string }>({
  code: 'E_RESPONSE_HEADER',
  when: 'A response header or cookie has a name or value that is not allowed in an HTTP header.',
  message: ({ reason }) => `The response cannot be sent: ${reason}`,
  fix: () =>
    'Encode what comes from users, for example with encodeURIComponent, before it goes into a header or cookie.',
  example: { reason: 'Invalid character in header content ["x-title"]' },
})

export const E_RESPONSE_STATUS = defineError<{ status: unknown }>({
  code: 'E_RESPONSE_STATUS',
  when: 'A result has a status that is not a final HTTP status.',
  message: ({ status }) => `A result has the status ${String(status)}`,
  fix: () => 'Use a whole number from 200 to 599.',
  example: { status: 99 },
})

export const E_RESPONSE_VALUE = defineError<{ type: string }>({
  code: 'E_RESPONSE_VALUE',
  when: 'A handler returned a function or a symbol, which JSON cannot hold.',
  message: ({ type }) => `A handler returned a ${type}, which cannot be sent as JSON`,
  fix: () => 'Return the value itself: call the function, or send the description of the symbol.',
  example: { type: 'function' },
})

export const E_OUTPUT_VALUE = defineError<{ operation: string; field: string; expected: string; received: string }>({
  code: 'E_OUTPUT_VALUE',
  when: 'A value is not of the type that `@Returns` or a field of the returned class declares, so that nobody knows which part of it may go out.',
  message: ({ operation, field, expected, received }) =>
    `${operation} answers with ${field}, which is declared as ${expected} and was ${received}`,
  fix: () =>
    'Return what is declared, declare what is returned (`@Type` names the class of a property), or turn the value into a text or number with `@Transform`.',
  example: {
    operation: 'TodoController.show',
    field: 'Todo.owner',
    expected: 'string',
    received: 'an object of class User',
  },
})

export const E_OUTPUT_CIRCULAR = defineError<{ operation: string; field: string }>({
  code: 'E_OUTPUT_CIRCULAR',
  when: 'What an operation answers with contains itself, and JSON would have no end.',
  message: ({ operation, field }) => `${operation} answers with ${field}, which contains the object that it is in`,
  fix: () => 'Leave the way back out of the returned class, or give the key of the object in place of the object.',
  example: { operation: 'CategoryController.list', field: 'Category.parent' },
})

export const E_OUTPUT_TRANSFORM = defineError<{ operation: string; field: string; reason: string }>({
  code: 'E_OUTPUT_TRANSFORM',
  when: 'A `@Transform` function, or an exposed method, threw while an answer was written. The cause is logged with its stack.',
  message: ({ operation, field, reason }) =>
    `${operation} answers with ${field}, which cannot be computed from its object: ${reason}`,
  fix: () =>
    'Let the function take every value that the property may have, null and undefined among them, or throw an HttpError to answer with that.',
  example: {
    operation: 'TodoController.show',
    field: 'Todo.since',
    reason: "TypeError: Cannot read properties of null (reading 'toISOString')",
  },
})

export const E_STREAM_SOURCE = defineError<{ received: string }>({
  code: 'E_STREAM_SOURCE',
  when: 'ctx.stream() was given something that yields no chunks.',
  message: ({ received }) => `ctx.stream() was given ${received}`,
  fix: () => 'Give it a Readable, a ReadableStream or an iterable of text or bytes.',
  example: { received: 'a number' },
})

export const E_STREAM_CHUNK = defineError<{ received: string }>({
  code: 'E_STREAM_CHUNK',
  when: 'A streamed response yielded a chunk that is neither text nor bytes.',
  message: ({ received }) => `A streamed response yielded ${received}`,
  fix: () => 'Yield strings, Buffers or Uint8Arrays; encode objects, for example as one JSON text per line.',
  example: { received: 'an object' },
})

export const E_STREAM_LENGTH = defineError<{ declared: number; sent: number }>({
  code: 'E_STREAM_LENGTH',
  when: 'A streamed response, or a file that changed while it was sent, has not the length that its Content-Length announced.',
  message: ({ declared, sent }) => `A response announced ${declared} bytes and its source gave ${sent}`,
  fix: () =>
    'Leave out the content-length header, or set it to the exact number of bytes. Replace files by renaming, not in place.',
  example: { declared: 100, sent: 64 },
})

export const E_RETURNS_TYPE = defineError<{ handler: string; type: string }>({
  code: 'E_RETURNS_TYPE',
  when: '@Returns names something that no response can be written by.',
  message: ({ handler, type }) => `@Returns of ${handler} names ${type}, which is no class with fields`,
  fix: () =>
    'Name a class, String, Number, Boolean, BigInt or Date, or one of these in brackets for a list: @Returns([Todo]). A class that is undefined here is imported in a circle, or by `import type`: move one of the two classes to a file of its own. Nothing is written only with a status without a body: @Returns(undefined, 204).',
  example: { handler: 'TodoController.list', type: 'Array' },
})

export const E_RETURNS_STATUS = defineError<{ by: string; status: unknown; reason: string }>({
  code: 'E_RETURNS_STATUS',
  when: '@Returns, or a route of its own, names a status that the response cannot have.',
  message: ({ by, status, reason }) => `${by} names the status ${String(status)}, ${reason}`,
  fix: () =>
    'Use a whole number from 200 to 399, and @Returns(undefined, 204) for a response without a body. Errors are thrown, and declared with @Throws.',
  example: { by: '@Returns of TodoController.remove', status: 99, reason: 'which is not a final HTTP status' },
})

export const E_OUTPUT_EMPTY = defineError<{ type: string; where: string }>({
  code: 'E_OUTPUT_EMPTY',
  when: 'A class is to be written in a response and no field of it can be read.',
  message: ({ type, where }) => `${where} is of the class ${type}, of which no field can be read`,
  fix: ({ type }) =>
    `Decorate the properties of ${type} with @Field() or @Expose(). Without decorators a field is seen only where an instance made without arguments has it.`,
  example: { type: 'Todo', where: 'The output of GET /todos/:id' },
})

export const E_OUTPUT_FIELD_TYPE = defineError<{ field: string }>({
  code: 'E_OUTPUT_FIELD_TYPE',
  when: 'A field of a class that is written in responses is an object of an unknown type, so that all that it holds would go out.',
  message: ({ field }) => `${field} is written in responses, and its type is not known`,
  fix: () =>
    'The compiler emits only "Object" for unions, interfaces and records: name the type with @Field({ type: () => Item }). With () => Object the whole value is written, whatever it is.',
  example: { field: 'Order.customer' },
})

export const E_OUTPUT_NAME = defineError<{ type: string; first: string; second: string; name: string }>({
  code: 'E_OUTPUT_NAME',
  when: 'Two fields of a class are written under one name.',
  message: ({ type, first, second, name }) => `${type}.${first} and ${type}.${second} are both written as "${name}"`,
  fix: () => 'Give one of them another name with @Expose({ name }), or leave it out with @Exclude().',
  example: { type: 'Todo', first: 'id', second: 'key', name: 'id' },
})
