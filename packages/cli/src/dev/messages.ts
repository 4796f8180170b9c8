import type { AddressInfo } from 'node:net'
import type { EntranceRequest, ServerOptions } from '@lokstra/core'

/** Why the project does not run, for the terminal and for whoever sends requests meanwhile. */
export interface Failure {
  readonly kind: 'build' | 'start' | 'crash' | 'configuration'
  /** One line. */
  readonly title: string
  /** Everything there is to say, without colours. */
  readonly text: string
  /** The same for a terminal; undefined where the terminal has seen it. */
  readonly shown: string | undefined
}

/** What the supervisor tells a process of the project. */
export type ToWorker =
  /** Loads what starting needs, and files of packages, before they are needed. */
  | { readonly type: 'warm'; readonly files: readonly string[] }
  | { readonly type: 'start'; readonly options: ServerOptions; readonly color: boolean }
  | { readonly type: 'entered'; readonly entrance: number; readonly bound: AddressInfo }
  | { readonly type: 'entrance-failed'; readonly entrance: number; readonly code: string; readonly message: string }
  /** With the connection, and what was read of it. */
  | { readonly type: 'connection'; readonly entrance: number; readonly head: Uint8Array }
  | { readonly type: 'reload' }
  | { readonly type: 'stop' }

/** What a process of the project tells the supervisor. */
export type FromWorker =
  | ({ readonly type: 'enter'; readonly entrance: number } & Omit<EntranceRequest, 'accept'>)
  /** With absolute paths of all files that it has loaded. */
  | { readonly type: 'warmed'; readonly files: readonly string[] }
  | { readonly type: 'ready'; readonly urls: readonly string[]; readonly packages: readonly string[] }
  | { readonly type: 'failed'; readonly text: string; readonly shown: string }
  | { readonly type: 'crashed'; readonly text: string }
  | { readonly type: 'reloaded'; readonly needsRestart: readonly string[] }
  | { readonly type: 'refused'; readonly text: string; readonly shown: string }
