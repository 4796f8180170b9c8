import type { Logger } from '@lokstra/core'

import type * as CallKeysModule from '../../../../packages/core/dist/calls/auth/call-keys.js'
import type * as MacModule from '../../../../packages/core/dist/calls/auth/mac.js'
import type * as SignCall from '../../../../packages/core/dist/calls/auth/sign-call.js'
import type * as SignedText from '../../../../packages/core/dist/calls/auth/signed-text.js'
import type * as VerifyCall from '../../../../packages/core/dist/calls/auth/verify-call.js'
import type * as CallMetadata from '../../../../packages/core/dist/calls/call-metadata.js'
import type * as Attempts from '../../../../packages/core/dist/calls/client/attempts.js'
import type * as BulkheadModule from '../../../../packages/core/dist/calls/client/bulkhead.js'
import type * as Policy from '../../../../packages/core/dist/calls/client/call-policy.js'
import type * as CallTargetModule from '../../../../packages/core/dist/calls/client/call-target.js'
import type * as HttpTransportModule from '../../../../packages/core/dist/calls/http/http-transport.js'
import { SilentLogger } from '../../../helpers/silent-logger.js'
import { load } from '../../../helpers/core-internals.js'

/** What fails on the way cannot be brought about through two servers: theirs answer. */
export const { CallTarget } = await load<typeof CallTargetModule>('calls/client/call-target.js')
export const { Bulkhead } = await load<typeof BulkheadModule>('calls/client/bulkhead.js')
export const { HttpTransport } = await load<typeof HttpTransportModule>('calls/http/http-transport.js')
export const { CallKeys } = await load<typeof CallKeysModule>('calls/auth/call-keys.js')
export const { Mac } = await load<typeof MacModule>('calls/auth/mac.js')
export type { SignedParts } from '../../../../packages/core/dist/calls/auth/signed-text.js'
export const { callMetadataWriter, readCallMetadata } = await load<typeof CallMetadata>('calls/call-metadata.js')
export const { signCall } = await load<typeof SignCall>('calls/auth/sign-call.js')
export const { verifyCall, acceptedSkewMs } = await load<typeof VerifyCall>('calls/auth/verify-call.js')
export const { signedHeaders } = await load<typeof SignedText>('calls/auth/signed-text.js')

export type CallTarget = CallTargetModule.CallTarget
export type CallPolicy = Policy.CallPolicy
export type CallOptions = Attempts.CallOptions
export type HttpTransportOptions = HttpTransportModule.HttpTransportOptions

/** Keeps what operators are told. */
export class RecordingLogger extends SilentLogger {
  readonly messages: string[] = []
  override info(message = ''): void {
    this.messages.push(message)
  }
  override warn(message = ''): void {
    this.messages.push(message)
  }
}

const defaultPolicy: CallPolicy = {
  timeoutMs: 5_000,
  retries: 0,
  retryBudget: 0.1,
  breaker: { failures: 5, openForMs: 5_000 },
  bulkhead: { concurrent: 200, queue: 200 },
  connections: 64,
}

const open: CallTarget[] = []
afterEach(() => Promise.all(open.splice(0).map((target) => target.close())))

export interface TargetSettings extends Partial<CallPolicy> {
  readonly http?: HttpTransportOptions
  readonly log?: Logger
}

/** A target over HTTP that is closed after the test. Its retries: none, its time: 5 s, unless told otherwise. */
export function createTarget(urls: string | readonly string[], settings: TargetSettings = {}): CallTarget {
  const { http, log = new SilentLogger(), ...policy } = settings
  const target = new CallTarget({
    service: 'UserService',
    endpoints: [urls].flat().map((url, index) => ({ server: `shop.users-${index + 1}`, url })),
    policy: { ...defaultPolicy, ...policy },
    transport: new HttpTransport(http),
    log,
  })
  open.push(target)
  return target
}

/** Options of a call of an operation that is not idempotent; the number of the attempt goes into a header. */
export function callOptions(options: Partial<CallOptions> = {}): CallOptions {
  return {
    method: 'place',
    isIdempotent: false,
    remainingMs: undefined,
    signal: undefined,
    prepare: (request, { number, remainingMs }) => ({
      ...request,
      headers: { ...request.headers, 'x-attempt': String(number), 'x-timeout': String(remainingMs) },
    }),
    ...options,
  }
}

export const placing = {
  verb: 'POST',
  target: '/.lokstra/calls/UserService/users?notify=yes',
  headers: { 'content-type': 'application/json' },
  body: '{"name":"Ada"}',
}
