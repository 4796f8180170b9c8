/** 4xx and 5xx. RFC 9110 §15.5, §15.6. */
export function isErrorStatus(status: unknown): status is number {
  return isFinalStatus(status) && status >= 400
}

/** One that an answer ends with: not 1xx, and nothing that HTTP has no class for. RFC 9110 §15. */
export function isFinalStatus(status: unknown): status is number {
  return Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599
}

/** 204, 205 and 304. RFC 9110 §15.3.5, §15.3.6, §15.4.5. */
export function hasNoBody(status: number): boolean {
  return status === 204 || status === 304 || status === 205
}
