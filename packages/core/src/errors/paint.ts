import { styleText } from 'node:util'

/** Gives text a colour, or leaves it as it is. */
export type Paint = (style: 'bold' | 'dim' | 'red' | 'green' | 'cyan', text: string) => string

export function createPaint(isColored: boolean): Paint {
  // Whether to colour is decided already: the stream is not asked again.
  return (style, text) => (isColored ? styleText(style, text, { validateStream: false }) : text)
}
