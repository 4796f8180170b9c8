/** Sets a key in a file, starts a server, and looks at the effect. */
export type KeyCase = (this: Mocha.Context) => Promise<void>

/** By key, as {@link schemaKeys} names them. */
export type KeyCases = Readonly<Record<string, KeyCase>>
