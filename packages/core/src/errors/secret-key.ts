const secretKey = /(?:passw(?:or)?d|passphrase|secret|token|credentials?|key|dsn)$/i
const urlPassword = /([a-z][a-z\d+.-]*:\/\/[^\s:@/]*):[^\s@]*@/gi

/** Whether a key looks as if its value were a secret. */
export function isSecretKey(key: string): boolean {
  return secretKey.test(key)
}

/** Replaces the password of every URL in a text. */
export function maskCredentials(text: string): string {
  return text.replace(urlPassword, '$1:***@')
}
