/** Of which several equal requests do what one does, so that one may be sent again. RFC 9110 §9.2.2; TRACE is not served. */
export const idempotentVerbs: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])
