import { defineError } from '../lokstra-error.js'

export const E_RESPONSE_HEADER = defineError<{ reason: string }>({
  code: 'E_RESPONSE_HEADER',
  when: 'A response header or cookie has a name or value that may not stand in an HTTP header.',
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
