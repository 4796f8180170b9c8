/** A piece of SQL with its values kept apart. Made by {@link sql}; fragments nest. */
export class Sql {
  readonly #texts: readonly string[]
  readonly #values: readonly unknown[]

  /** `texts` are written as they are: one more of them than there are values. */
  constructor(texts: readonly string[], values: readonly unknown[]) {
    const flatTexts: string[] = [texts[0] ?? '']
    const flatValues: unknown[] = []
    values.forEach((value, index) => {
      const after = texts[index + 1] ?? ''
      if (value instanceof Sql) {
        flatTexts.push(flatTexts.pop()! + value.#texts[0]!, ...value.#texts.slice(1))
        flatValues.push(...value.#values)
        flatTexts.push(flatTexts.pop()! + after)
      } else {
        flatValues.push(value)
        flatTexts.push(after)
      }
    })
    this.#texts = flatTexts
    this.#values = flatValues
  }

  /** With `$1`, `$2` … in the places of the values. */
  get text(): string {
    return this.#texts.reduce((text, part, index) => `${text}$${index}${part}`)
  }

  get values(): readonly unknown[] {
    return this.#values
  }
}

/**
 * Writes a statement whose values never become part of its text: ``sql`select * from todos where id = ${id}` ``.
 * A value that is itself an {@link Sql} is inserted as SQL.
 */
export function sql(texts: TemplateStringsArray, ...values: readonly unknown[]): Sql {
  return new Sql(texts, values)
}

/** A quoted name: `sql.identifier('public', 'todos')` is `"public"."todos"`. */
sql.identifier = (...names: readonly string[]): Sql => new Sql([names.map(quoteIdentifier).join('.')], [])

/** Fragments with a separator between them, a comma unless another is given. An empty list gives nothing. */
sql.join = (parts: readonly unknown[], separator: Sql = sql`, `): Sql => {
  if (parts.length === 0) return sql.empty
  const values = parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part]))
  return new Sql(new Array<string>(values.length + 1).fill(''), values)
}

/** Nothing, for the branch of a condition that adds no SQL. */
sql.empty = new Sql([''], [])

export function quoteIdentifier(name: string): string {
  if (name === '' || name.includes('\0')) throw new TypeError(`${JSON.stringify(name)} cannot be an SQL identifier`)
  return `"${name.replaceAll('"', '""')}"`
}
