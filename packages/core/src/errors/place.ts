/** A line of a file. */
export interface FilePlace {
  readonly file: string
  readonly line: number
  /** Of configuration only. */
  readonly column: number | undefined
}

/** Takes `lokstra.yaml:12:5` or `src/main.ts:3` apart; undefined where the text names no line. */
export function readPlace(text = ''): FilePlace | undefined {
  const [, file, line, column] = /^(.+?):(\d+)(?::(\d+))?$/.exec(text) ?? []
  if (file === undefined) return undefined
  return { file, line: Number(line), column: column === undefined ? undefined : Number(column) }
}
