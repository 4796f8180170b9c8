/** The ten middleware: each refuses a request whose `x-stop` header names it, and passes every other on. */
export const guards: readonly string[] = Array.from({ length: 10 }, (_, index) => `guard-${index}`)
