const styles = { bold: 1, dim: 2, red: 31, green: 32, cyan: 36 } as const

/** Gives text a colour, or leaves it as it is. */
export type Paint = (style: keyof typeof styles, text: string) => string

export function createPaint(isColored: boolean): Paint {
  return (style, text) => (isColored ? `\u001B[${styles[style]}m${text}\u001B[0m` : text)
}
