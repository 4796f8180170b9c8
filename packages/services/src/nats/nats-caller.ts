import {
  TransportError,
  type CallRequest,
  type CallResponse,
  type ExchangeLimits,
  type SendOptions,
  type TransportFailure,
} from '@lokstra/core'

import { NatsCall } from './nats-call.js'
import type { NatsLink, NatsSubscription } from './nats-link.js'
import {
  answerHeader,
  requestHeader,
  serviceOf,
  toSubjectPart,
  type CallHead,
  type ControlMessage,
} from './nats-protocol.js'

/** The calls of this server over NATS. Their answers come in on subjects of their own below one subscription. */
export class NatsCaller {
  readonly #link: NatsLink
  readonly #subject: string
  readonly #limits: ExchangeLimits
  readonly #inbox: string
  readonly #subscription: NatsSubscription
  /** By the subject of their answers; `subject` is that of the call itself. */
  readonly #calls = new Map<string, { readonly call: NatsCall; readonly subject: string }>()
  readonly #endWatch: () => void
  #count = 0

  constructor(link: NatsLink, subject: string, limits: ExchangeLimits) {
    this.#link = link
    this.#subject = subject
    this.#limits = limits
    this.#inbox = link.createInbox()
    this.#subscription = link.subscribe(`${this.#inbox}.*`, { headerName: answerHeader }, (message) =>
      this.#calls.get(message.subject)?.call.receive(message),
    )
    const watches = [
      link.onLost(() => this.#failAll('The connection to NATS is lost')),
      link.onForbidden((forbidden) => this.#failForbidden(forbidden)),
    ]
    this.#endWatch = () => watches.forEach((end) => end())
  }

  /** @throws TransportError */
  send(request: CallRequest, options: SendOptions): Promise<CallResponse> {
    const service = serviceOf(request)
    if (service === undefined) return refuse('unfit', `${request.target} is no call of a published service`)
    if (options.signal?.aborted) {
      return refuse('aborted', 'The caller gave up', { cause: options.signal.reason as unknown })
    }
    if (!this.#link.isConnected) return refuse('refused', 'There is no connection to NATS')
    const { verb, target, headers, body } = request
    const head = JSON.stringify({ verb, target, headers, hasBody: body !== undefined } satisfies CallHead)
    const room = this.#link.roomBeside(head)
    if (Buffer.byteLength(body ?? '') > room) {
      const most = Math.max(0, room)
      return refuse('unfit', `The call is larger than NATS accepts (max_payload): its body may have ${most} bytes`)
    }
    const part = toSubjectPart(service)
    const subject = `${this.#subject}.calls.${part}`
    const reply = `${this.#inbox}.${(this.#count++).toString(36)}`
    const call = new NatsCall(options, this.#limits, {
      grant: (control, credit) => this.#tell(control, { call: reply, credit }),
      // Which server took it is known from the head of its answer on; before, all of them are told.
      leave: (control) => this.#tell(control ?? `${this.#subject}.cancel.${part}`, { call: reply, credit: undefined }),
      forget: () => this.#calls.delete(reply),
    })
    this.#calls.set(reply, { call, subject })
    try {
      this.#link.publish(subject, body, { reply, header: [requestHeader, head] })
    } catch (cause) {
      call.fail(new TransportError('refused', 'no', 'NATS takes no messages', { cause }))
    }
    return call.response
  }

  close(): void {
    this.#endWatch()
    this.#subscription.end()
    this.#failAll('The connection to NATS was closed')
  }

  #tell(subject: string, message: ControlMessage): void {
    if (this.#link.isConnected) this.#link.publish(subject, JSON.stringify(message))
  }

  #failAll(message: string): void {
    for (const { call } of [...this.#calls.values()]) call.fail(new TransportError('reset', 'maybe', message))
  }

  /** NATS does not say which of them: permissions may have changed while an earlier one was on its way. */
  #failForbidden(forbidden: string): void {
    const message = 'NATS does not allow this server to call the service'
    for (const { call, subject } of [...this.#calls.values()]) {
      if (subject === forbidden) call.fail(new TransportError('unfit', 'maybe', message))
    }
  }
}

function refuse(reason: TransportFailure, message: string, options?: ErrorOptions): Promise<never> {
  return Promise.reject(new TransportError(reason, 'no', message, options))
}
