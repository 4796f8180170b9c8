import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { pathToFileURL } from 'node:url'

import { E_MANIFEST_INVALID, E_OFFER_AMBIGUOUS, E_OFFER_IMPORT } from '../errors/catalogue/config.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { describeValue } from '../config/bind/describe-value.js'
import { isRecord } from '../objects/is-record.js'
import { findPackageFile, resolveImport, upwards } from './installed-packages.js'

const offerKinds = ['services', 'middleware', 'controllers', 'secrets'] as const
const nouns = { services: 'service', middleware: 'middleware', controllers: 'controller', secrets: 'secret provider' }
const dependencyKeys = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']

export type OfferKind = (typeof offerKinds)[number]

/** Where an installed package keeps what it offers under a name. */
export interface Offer {
  readonly packageName: string
  /** What is imported, such as `@lokstra/services/postgres`. */
  readonly specifier: string
}

/** What the packages that an application depends on offer, by kind and name. */
export class Manifests {
  readonly #offers: ReadonlyMap<OfferKind, ReadonlyMap<string, readonly Offer[]>>

  constructor(offers: ReadonlyMap<OfferKind, ReadonlyMap<string, readonly Offer[]>>) {
    this.#offers = offers
  }

  names(kind: OfferKind): readonly string[] {
    return [...(this.#offers.get(kind)?.keys() ?? [])]
  }

  /** Undefined when nothing of that name is offered, or, as a problem, several packages offer it. */
  find(kind: OfferKind, name: string, problems: LokstraError[], where?: string): Offer | undefined {
    const offers = this.#offers.get(kind)?.get(name) ?? []
    if (offers.length < 2) return offers[0]
    const packages = offers.map(({ packageName }) => packageName).join(', ')
    problems.push(lokstraError(E_OFFER_AMBIGUOUS, { what: `${nouns[kind]} "${name}"`, packages }, where))
    return undefined
  }
}

/**
 * Reads what the dependencies of the nearest package.json at or above `folder` announce under `lokstra` in theirs.
 * Nothing is imported. Dependencies that are not installed are passed over.
 */
export function readManifests(folder: string, problems: LokstraError[]): Manifests {
  const offers = new Map(offerKinds.map((kind) => [kind, new Map<string, Offer[]>()]))
  const root = [...upwards(folder)].find((candidate) => existsSync(join(candidate, 'package.json')))
  if (root === undefined) return new Manifests(offers)
  for (const packageName of readDependencies(join(root, 'package.json'), problems)) {
    const file = findPackageFile(packageName, root)
    if (file === undefined) continue
    const refuse = (problem: string) => problems.push(lokstraError(E_MANIFEST_INVALID, { packageName, problem }, file))
    const manifest = readJson(file, refuse)?.lokstra
    if (manifest === undefined) continue
    for (const { kind, name, subpath } of readOffers(manifest, refuse)) {
      const byName = offers.get(kind)!
      byName.set(name, [...(byName.get(name) ?? []), { packageName, specifier: posix.join(packageName, subpath) }])
    }
  }
  return new Manifests(offers)
}

const imported = new Set<string>()

/** Absolute paths of the files of packages that this process has imported because a configuration names what they offer. */
export function importedOffers(): readonly string[] {
  return [...imported]
}

/**
 * Imports what is offered, resolved as a file in `folder` would.
 * @throws E_OFFER_IMPORT  with the cause attached
 */
export async function importOffered({ specifier }: Offer, folder: string): Promise<Record<string, unknown>> {
  try {
    const file = resolveImport(specifier, folder)
    const exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>
    imported.add(file)
    return exported
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0]! : String(error)
    throw lokstraError(E_OFFER_IMPORT, { specifier, reason }, [], { cause: error })
  }
}

function readDependencies(file: string, problems: LokstraError[]): readonly string[] {
  const refuse = (problem: string) =>
    problems.push(lokstraError(E_MANIFEST_INVALID, { packageName: 'this application', problem }, file))
  const content = readJson(file, refuse)
  return [...new Set(dependencyKeys.flatMap((key) => (isRecord(content?.[key]) ? Object.keys(content[key]) : [])))]
}

function readJson(file: string, refuse: (problem: string) => void): Record<string, unknown> | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''))
    if (isRecord(content)) return content
    refuse('its package.json holds no object')
  } catch (error) {
    refuse(`its package.json cannot be read: ${(error as Error).message}`)
  }
  return undefined
}

function readOffers(
  manifest: unknown,
  refuse: (problem: string) => void,
): { kind: OfferKind; name: string; subpath: string }[] {
  if (!isRecord(manifest)) {
    refuse(`"lokstra" must be an object, received ${describeValue(manifest, [])}`)
    return []
  }
  // Other keys are passed over: a package may announce more to a later version.
  const offers: { kind: OfferKind; name: string; subpath: string }[] = []
  for (const kind of offerKinds) {
    const byName = manifest[kind]
    if (byName !== undefined && !isRecord(byName))
      refuse(`lokstra.${kind} must be an object, received ${describeValue(byName, [])}`)
    if (!isRecord(byName)) continue
    for (const [name, subpath] of Object.entries(byName)) {
      if (isSubpath(subpath)) offers.push({ kind, name, subpath })
      else
        refuse(`lokstra.${kind}.${name} must be a subpath such as "./${name}", received ${describeValue(subpath, [])}`)
    }
  }
  return offers
}

/** `.` or `./x`, never out of the package. */
function isSubpath(value: unknown): value is string {
  return typeof value === 'string' && /^\.(?:\/[^/]+)*$/.test(value) && !value.split('/').includes('..')
}
