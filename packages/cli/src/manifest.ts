import { readFileSync } from 'node:fs'

/** Version of this package, and so of the other packages of Lokstra: they are released together. */
export function ownVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
