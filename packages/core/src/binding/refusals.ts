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

const mostRefusals = 1_000

/** What emitted code has found out about the objects of one input, for what holds them, and for the interpreter. */
export class Refusals {
  /** What holds others is refused behind them and taken first, so the end is the place to look. */
  declare private end: Link | undefined

  // Each input makes one: a field that is initialised where it is declared would cost 15 ns.
  constructor() {
    this.end = undefined
  }

  /** Notes an object, the instance as far as it could be filled, and what is wrong. */
  add(raw: object, by: object, target: object, findings: Findings): undefined {
    // A long list may have as many wrong items. To forget one costs time, nothing else.
    const before = this.end !== undefined && this.end.count >= mostRefusals ? undefined : this.end
    this.end = new Link(raw, by, target, findings, before)
  }

  /** What has been found out last, where it is about the object, and by the code that refused it. */
  last(raw: unknown, by: object): Refusal | undefined {
    const last = this.end
    return last !== undefined && last.raw === raw && last.by === by ? last : undefined
  }

  /**
   * What has been found out about an object by the code that refused it. To ask that code again on every level down to the fault
   * would cost the square of the depth.
   */
  take(raw: object, by: object): Refusal | undefined {
    // Data that is not JSON may hold an object twice, which makes two instances.
    let behind: Link | undefined
    for (let link = this.end; link !== undefined; behind = link, link = link.before) {
      if (link.raw !== raw || link.by !== by) continue
      if (behind === undefined) this.end = link.before
      else behind.before = link.before
      return link
    }
    return undefined
  }

  has(raw: unknown): boolean {
    for (let link = this.end; link !== undefined; link = link.before) if (link.raw === raw) return true
    return false
  }
}
