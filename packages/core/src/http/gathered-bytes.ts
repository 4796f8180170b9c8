/** A piece of this size, in bytes, may be kept as it is: what each costs beside its bytes is a fifth of it at most. */
const wholePieceBytes = 1024
/** Below half of the pool of `Buffer.allocUnsafe`, which gives such blocks without asking the system for memory. */
const blockBytes = 2048

/**
 * The pieces of a body in their order. Each that comes from a socket holds some 200 bytes beside its own, whoever sends decides how many
 * there are, and limits count bytes: small ones are copied together, so that less than twice their bytes are held.
 */
export class GatheredBytes {
  readonly #pieces: Uint8Array[] = []
  /** Where small pieces go, from `#start` to `#end` since the last piece that was kept as it is. */
  #block: Buffer | undefined
  #start = 0
  #end = 0

  /** @param first  kept as it is: most bodies are one piece, and those of two need no copy of it */
  constructor(first?: Uint8Array) {
    if (first) this.#pieces.push(first)
  }

  add(piece: Uint8Array): void {
    if (piece.length >= wholePieceBytes) {
      this.#closeRun()
      this.#pieces.push(piece)
      return
    }
    if (!this.#block || this.#end + piece.length > blockBytes) {
      this.#closeRun()
      this.#block = Buffer.allocUnsafe(blockBytes)
      this.#start = this.#end = 0
    }
    this.#block.set(piece, this.#end)
    this.#end += piece.length
  }

  /** What has been gathered, in pieces that nothing is added to any more. */
  pieces(): readonly Uint8Array[] {
    this.#closeRun()
    return this.#pieces
  }

  whole(): Buffer {
    return Buffer.concat(this.pieces())
  }

  #closeRun(): void {
    if (!this.#block || this.#start === this.#end) return
    this.#pieces.push(this.#block.subarray(this.#start, this.#end))
    this.#start = this.#end
  }
}
