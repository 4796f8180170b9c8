import type { CallRequest } from '@lokstra/core'

/** The one NATS header of each message: JSON, since NATS restricts names and values of headers differently from HTTP. */
export const requestHeader = 'lokstra-request'
export const answerHeader = 'lokstra-answer'

/** Of a request, whose payload is the body. */
export interface CallHead {
  readonly verb: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly hasBody: boolean
}

type AnswerHeaders = Readonly<Record<string, string | undefined>>

/**
 * Of one message of an answer. A short one is `whole`; else a `head` is followed by numbered pieces, from 0, and an `end` with the
 * next number or `failed`: a gap is an answer that broke off, too.
 */
export type AnswerPart =
  | { readonly kind: 'whole'; readonly status: number; readonly headers: AnswerHeaders }
  /** @param control  subject on which its writer is told of what its reader has taken, or that it has left */
  | { readonly kind: 'head'; readonly status: number; readonly headers: AnswerHeaders; readonly control: string }
  | { readonly kind: 'piece' | 'end'; readonly n: number }
  | { readonly kind: 'failed' }

/** What the reader of a stream tells its writer. */
export interface ControlMessage {
  /** The subject that the answer goes to. */
  readonly call: string
  /** Further pieces that may be sent; undefined: none is wanted any more. */
  readonly credit: number | undefined
}

/** Pieces on the way at the same time. */
export const windowPieces = 32
/** Of one piece, whatever the limit of the NATS server: what is on the way to a slow reader is held in memory. */
export const pieceBytes = 32 * 1024

const path = /^\/\.lokstra\/calls\/([^/?]+)/

/** Name of the service that a call is for. @returns undefined for what is no call of a published service */
export function serviceOf({ target }: CallRequest): string | undefined {
  const name = path.exec(target)?.[1]
  return name === undefined ? undefined : decodeURIComponent(name)
}

/** A name as one part of a subject, which has no dots and wildcards. */
export function toSubjectPart(name: string): string {
  return encodeURIComponent(name).replaceAll('.', '%2E').replaceAll('*', '%2A')
}
