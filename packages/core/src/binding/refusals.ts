import type { Findings } from './findings.js'

/** An instance that emitted code could fill in part. */
export interface Refusal {
  readonly raw: object
  /** What has refused it. */
  readonly by: object
  readonly target: object
  /** What is not right; all else is, except for what is late. */
  readonly findings: Findings
}

/** Told the object, the instance as far as it could be filled, and what is wrong. */
export type Refused = (raw: object, target: object, findings: Findings) => void

/** Refusals in a chain: most inputs have one or two, and are done with before there is another. */
class Link implements Refusal {
  readonly raw: object
  readonly by: object
  readonly target: object
  readonly findings: Findings
  before: Link | undefined
  readonly count: number

  constructor(raw: object, by: object, target: object, findings: Findings, before: Link | undefined) {
    this.raw = raw
    this.by = by
    this.target = target
    this.findings = findings
    this.before = before
    this.count = before === undefined ? 1 : before.count + 1
  }
}

/** What holds others is refused behind them and taken first, so the end is the place to look. */
let last: Link | undefined

const mostRefusals = 1_000

/** Keeps what emitted code has found out about an object for what it is part of, and for the interpreter. */
export function refusedBy(by: object): Refused {
  return (raw, target, findings) => {
    // A long list may have as many wrong items. To forget one costs time, nothing else.
    const before = last !== undefined && last.count >= mostRefusals ? undefined : last
    last = new Link(raw, by, target, findings, before)
  }
}

/** What has been found out last, where it is about the object, and by the code that refused it. */
export function lastRefusal(raw: unknown, by: object): Refusal | undefined {
  return last !== undefined && last.raw === raw && last.by === by ? last : undefined
}

/**
 * What has been found out about an object by the code that refused it. To ask that code again on every level down to the fault
 * would cost the square of the depth.
 */
export function takeRefusal(raw: object, by: object): Refusal | undefined {
  // Data that is not JSON may hold an object twice, which makes two instances.
  let behind: Link | undefined
  for (let link = last; link !== undefined; behind = link, link = link.before) {
    if (link.raw !== raw || link.by !== by) continue
    if (behind === undefined) last = link.before
    else behind.before = link.before
    return link
  }
  return undefined
}

export function isRefused(raw: unknown): boolean {
  for (let link = last; link !== undefined; link = link.before) if (link.raw === raw) return true
  return false
}

/**
 * To be called before an input and when it is done with: one that ended with an exception, which a transform may throw, leaves what
 * was refused until then, and must not keep a client's data for longer than until the next input.
 */
export function forgetRefusals(): void {
  last = undefined
}
