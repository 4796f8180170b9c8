/** Header names of the protocol. */
export const callHeader = {
  /** Remaining whole milliseconds. */
  timeout: 'lokstra-timeout',
  /** Of attempts after the first: 2 and more. */
  attempt: 'lokstra-attempt',
  /** In answers: hash of the operation's contract at the callee, which tells them from those of something on the way. */
  contract: 'lokstra-contract',
  /** base64url JSON of what crosses of the context. */
  context: 'lokstra-context',
  /** `deployment.server` */
  caller: 'lokstra-caller',
  signature: 'lokstra-signature',
  /** In answers: `1` when the server is stopping. */
  draining: 'lokstra-draining',
  baggage: 'baggage',
} as const
