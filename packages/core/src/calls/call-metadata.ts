import { maxTimerMs } from '../promises/max-timer-ms.js'

/**
 * What a caller says of a call beside its input, and what it is signed with. It takes one header, `lokstra-call`: each costs both
 * sides together a microsecond.
 */
export interface CallMetadata {
  /** `deployment.server`, or the name of a server without deployment. */
  readonly caller: string
  /** Whole milliseconds for which the caller waits; undefined where it does not say. */
  readonly timeoutMs: number | undefined
  /** Which attempt of the call it is, from 1. */
  readonly attempt: number
  /** Hash of the operation's contract as the caller knows it. */
  readonly contract: string | undefined
  /** Undefined where nothing is signed. */
  readonly signature: CallSignature | undefined
}

export interface CallSignature {
  /** The metadata up to their end; that and the rest of the call is what is signed. */
  readonly head: string
  /** When it was made, in Unix milliseconds. */
  readonly at: number
  /** Which of several secrets it was made with. */
  readonly keyId: string
  /** 43 characters of base64url: an HMAC-SHA256. */
  readonly mac: string
}

/** Writes those of one attempt: `shop.orders;timeout=900;attempt=2;contract=…`. The first attempt has no number. */
export type CallMetadataWriter = (timeoutMs: number, attempt: number) => string

/**
 * @param caller  may be any text
 * @param contract  asked for with the first call; undefined where the call is of no operation
 */
export function callMetadataWriter(caller: string, contract?: () => string): CallMetadataWriter {
  const name = encodeURIComponent(caller)
  let end: string | undefined
  return (timeoutMs, attempt) => {
    end ??= contract ? `;contract=${contract()}` : ''
    const number = attempt > 1 ? `;attempt=${attempt}` : ''
    return `${name};timeout=${timeoutMs}${number}${end}`
  }
}

/** Adds the signature. */
export function signedMetadata(head: string, mac: string): string {
  return `${head};mac=${mac}`
}

/** The metadata with all of their signature but the code itself. */
export function metadataHead(metadata: string, at: number, keyId: string): string {
  return `${metadata};at=${at};key=${keyId}`
}

const form =
  /^([^;]*)(?:;timeout=(\d{1,10}))?(?:;attempt=(\d{1,10}))?(?:;contract=([\w-]{43}))?(?:;at=(\d{1,16});key=([\da-f]{8});mac=([\w-]{43}))?$/
/** Of `;mac=` and what follows. */
const macLength = 48

type Parts = [string, string, ...(string | undefined)[]]

/**
 * @param text  the header; one that is missing says nothing
 * @returns undefined for what is none
 */
export function readCallMetadata(text: string | readonly string[] = ''): CallMetadata | undefined {
  const match = typeof text === 'string' ? form.exec(text) : null
  if (!match) return undefined
  const [metadata, caller, timeout, attempt, contract, at, keyId, mac] = match as unknown as Parts
  return {
    caller: unescaped(caller),
    timeoutMs: timeout === undefined ? undefined : Math.min(Number(timeout), maxTimerMs),
    attempt: attempt === undefined ? 1 : Number(attempt),
    contract,
    signature:
      mac === undefined ? undefined : { head: metadata.slice(0, -macLength), at: Number(at), keyId: keyId!, mac },
  }
}

/** A text that cannot be decoded stays as it is: what has not been verified may be anything, and must not throw. */
function unescaped(text: string): string {
  // Of nearly every name.
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
