/**
 * What the calls take of undici: one module and what it needs. The index brings fetch, WebSocket and caches with it, and six times the
 * loading time. The path is no part of what undici promises to keep, so package.json takes patches of one minor version only.
 */
import { createRequire } from 'node:module'

import type * as whole from 'undici'

export type Exchange = whole.Dispatcher.DispatchHandler
export type ExchangeControl = whole.Dispatcher.DispatchController
export type Pool = whole.Pool
export type PoolOptions = whole.Pool.Options

export const Pool = createRequire(import.meta.url)('undici/lib/dispatcher/pool.js') as typeof whole.Pool
