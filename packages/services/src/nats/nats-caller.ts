import {
  TransportError,
  type CallRequest,
  type CallResponse,
  type SendOptions,
  type TransportFailure,
} from '@lokstra/core'

import { NatsCall, type NatsCallLimits } from './nats-call.js'
import type { NatsLink, NatsSubscription } from './nats-link.js'
import {
  answerHeader,
  callHeader,
  serviceOf,
  toSubjectPart,
  type CallHead,
  type ControlMessage,
} from './nats-protocol.js'

/** The calls of this server over NATS. Their answers come in on subjects of their own below one subscription. */
export class NatsCaller {
  readonly #link: NatsLink
  readonly #subject: string
  readonly #limits: NatsCallLimits
  readonly #inbox: string
  readonly #subscription: NatsSubscription
  readonly #calls = new Map<string, NatsCall>()
  readonly #endWatch: () => void
  #count = 0

  constructor(link: NatsLink, subject: string, limits: NatsCallLimits) {
    this.#link = link
    this.#subject = subject
    this.#limits = limits
    this.#inbox = link.createInbox()
    this.#subscription = link.subscribe(`${this.#inbox}.*`, { headerName: answerHeader }, (message) =>
      this.#calls.get(message.subject)?.receive(message),
    )
    this.#endWatch = link.onLost(() => this.#failAll('The connection to NATS is lost'))
  }

  /** @throws TransportError */
  send(request: CallRequest, options: SendOptions): Promise<CallResponse> {
    const service = serviceOf(request)
    if (service === undefined) return refuse('protocol', `${request.target} is no call of a published service`)
    if (options.signal?.aborted) {
      return refuse('aborted', 'The caller gave up', { cause: options.signal.reason as unknown })
    }
    if (!this.#link.isConnected) return refuse('refused', 'There is no connection to NATS')
    const { verb, target, headers, body } = request
    const head = JSON.stringify({ verb, target, headers, hasBody: body !== undefined } satisfies CallHead)
    const room = this.#link.roomBeside(head)
    if (body !== undefined && Buffer.byteLength(body) > room) {
      return refuse('protocol', `The call is larger than NATS accepts (max_payload): its body may have ${room} bytes`)
    }
    const part = toSubjectPart(service)
    const reply = `${this.#inbox}.${(this.#count++).toString(36)}`
    const call = new NatsCall(options, this.#limits, {
      grant: (control, credit) => this.#tell(control, { call: reply, credit }),
      // Which server took it is known from the head of its answer on; before, all of them are told.
      leave: (control) => this.#tell(control ?? `${this.#subject}.cancel.${part}`, { call: reply, credit: undefined }),
      forget: () => this.#calls.delete(reply),
    })
    this.#calls.set(reply, call)
    this.#link.publish(`${this.#subject}.calls.${part}`, body, { reply, header: [callHeader, head] })
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
    for (const call of [...this.#calls.values()]) call.fail(new TransportError('reset', 'maybe', message))
  }
}

function refuse(reason: TransportFailure, message: string, options?: ErrorOptions): Promise<never> {
  return Promise.reject(new TransportError(reason, 'no', message, options))
}
