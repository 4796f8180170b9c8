import { basename, resolve } from 'node:path'
import { isBuiltin } from 'node:module'

/** Names that npm refuses although they are spelt as it wants. */
const reserved = new Set(['node_modules', 'favicon.ico'])

/** Why npm would refuse a name for a package; undefined when it accepts it. */
export function refusePackageName(name: string): string | undefined {
  if (name.length > 214) return 'a package name has at most 214 characters'
  if (!/^(?:@[a-z0-9-~][a-z0-9-._~]*\/)?[a-z0-9-~][a-z0-9-._~]*$/.test(name))
    return 'a package name has lower-case letters, digits, "-", "." and "_", such as order-api or @shop/order-api'
  if (reserved.has(name)) return `${name} is reserved`
  if (isBuiltin(name)) return `${name} is a module of Node`
  return undefined
}

/** The nearest name that npm accepts to that of a folder; `app` when there is nothing to go by. */
export function packageNameOf(folder: string): string {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9-._~]+/g, '-')
    .replace(/^[-._~]+|[-._~]+$/g, '')
    .slice(0, 214)
  return name === '' || refusePackageName(name) !== undefined ? 'app' : name
}
