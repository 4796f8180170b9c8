import { styleText } from 'node:util'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** Gives text a colour, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string

export function createPaint(isColored: boolean): Paint {
  // Whether to colour is decided already: the stream is not asked again.
  return (style, text) => (isColored ? styleText(style, text, { validateStream: false }) : text)
}

/** Whether a stream shows colours: a terminal that has some, unless NO_COLOR is set. */
export function hasColors(stream: { readonly isTTY?: boolean; hasColors?(): boolean }): boolean {
  return stream.isTTY === true && stream.hasColors?.() === true
}
