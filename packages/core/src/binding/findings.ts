import type { Complaint } from './complaint.js'

/** No more are told: a body of a million wrong items must not make an answer of a million errors. */
export const maxIssues = 100

/** What emitted code finds wrong with one object; made when there is something. */
export class Findings {
  /** Most objects have one, and the room that `push` makes in an empty array is sixteen times that. */
  #complaints: Complaint[] | undefined
  /** Fields that the interpreter has to look at. */
  #left: number[] | undefined

  /**
   * All that is wrong, in the order of the emitted code. Undefined where only the interpreter can tell all of it: then it looks at
   * every wrong field, so that what it tells is in order.
   */
  get complaints(): readonly Complaint[] | undefined {
    return this.#left === undefined ? this.#complaints : undefined
  }

  /** Indices of the fields that are not right. */
  get wrong(): readonly number[] {
    return [...new Set([...(this.#complaints ?? []).map(({ field }) => field), ...(this.#left ?? [])])]
  }

  tell(complaint: Complaint): void {
    if (this.#complaints === undefined) this.#complaints = [complaint]
    else this.#complaints.push(complaint)
  }

  /** @param field  none where none is wrong, but the object is */
  leave(field: number | undefined): void {
    this.#left ??= []
    if (field !== undefined) this.#left.push(field)
  }
}

export function leave(findings: Findings | undefined, field?: number): Findings {
  const found = findings ?? new Findings()
  found.leave(field)
  return found
}
