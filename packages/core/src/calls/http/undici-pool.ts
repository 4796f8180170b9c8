/**
 * What the calls take of undici: one module and what it needs. The index brings fetch, WebSocket and caches with it, and six times the
 * loading time.
 */
import { createRequire } from 'node:module'

import type * as whole from 'undici'

export type Dispatch = whole.Dispatcher.DispatchOptions
export type Exchange = whole.Dispatcher.DispatchHandler
export type ExchangeControl = whole.Dispatcher.DispatchController
export type Pool = whole.Pool
export type PoolOptions = whole.Pool.Options

export const Pool = createRequire(import.meta.url)('undici/lib/dispatcher/pool.js') as typeof whole.Pool
