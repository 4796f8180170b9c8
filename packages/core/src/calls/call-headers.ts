/** Header names of the protocol. */
export const callHeader = {
  /** `CallMetadata`. */
  call: 'lokstra-call',
  /** base64url JSON of what crosses of the context. */
  context: 'lokstra-context',
  baggage: 'baggage',
  /**
   * In answers: hash of the operation's contract at the callee. Of an answer that is no error it is left out where the caller knows
   * it. An error without it is none of the operation, but of something on the way.
   */
  contract: 'lokstra-contract',
  /** In answers: `1` when the server is stopping. */
  draining: 'lokstra-draining',
} as const
