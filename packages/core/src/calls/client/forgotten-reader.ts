/**
 * Who takes an iterator by hand and drops it leaves no trace, and would keep its connection and its place among the calls for good. That
 * nobody can read any more is known once the garbage collector has found out.
 */
const readers = new FinalizationRegistry<() => void>((release) => release())

/** @param release  called some time after the reader was dropped, also where it had ended; must not lead back to it */
export function whenForgotten<T extends object>(reader: T, release: () => void): T {
  readers.register(reader, release)
  return reader
}
