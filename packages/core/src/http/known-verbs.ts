import { METHODS } from 'node:http'

/** What Node takes for a verb over HTTP/1.1. Whatever else brings requests refuses others, so that clients cannot invent any. */
export const knownVerbs: ReadonlySet<string> = new Set(METHODS)
