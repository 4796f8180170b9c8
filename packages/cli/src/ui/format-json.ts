/** Data for programs, laid out so that people can read it too. */
export function formatJson(data: unknown): string {
  return `${JSON.stringify(data, undefined, 2)}\n`
}
