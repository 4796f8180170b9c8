import type { TextMode } from './scalar.js'

/** How raw values are read. */
export interface BindMode {
  readonly text: TextMode
  /** Names with brackets and repeated keys instead of JSON: one value stands for an array of one. */
  readonly isForm: boolean
  readonly unknown: 'drop' | 'reject'
  /** A list of scalars may be written as text, `a, b`: configuration, which is interpreted. Emitted code does not know it. Default false. */
  readonly listText?: boolean
}

/** A number for each of the eight modes. */
export function modeIndex({ text, isForm, unknown }: BindMode): number {
  return (text === 'convert' ? 1 : 0) + (isForm ? 2 : 0) + (unknown === 'reject' ? 4 : 0)
}

/** Of path, query, headers and cookies. */
export const textMode: BindMode = { text: 'convert', isForm: true, unknown: 'drop' }

/** Of a request body. */
export function bodyMode(isForm: boolean, unknown: 'drop' | 'reject'): BindMode {
  return { text: isForm ? 'convert' : 'strict', isForm, unknown }
}
