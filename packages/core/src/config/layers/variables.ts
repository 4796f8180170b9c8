/** The environment, by name. */
export type Environment = Readonly<Record<string, string | undefined>>

export interface Variable {
  readonly value: string
  /** `the environment` or `.env:3`. */
  readonly place: string
}

/** Environment variables, those of the process before those of `.env` files. The process's own are not changed. */
export class Variables {
  readonly #known = new Map<string, Variable>()

  /** @param files  by name; the first that has a variable counts */
  constructor(env: Environment, files: readonly ReadonlyMap<string, Variable>[] = []) {
    for (const [name, value] of Object.entries(env)) {
      if (value !== undefined) this.#known.set(name, { value, place: 'the environment' })
    }
    for (const file of files) {
      for (const [name, variable] of file) if (!this.#known.has(name)) this.#known.set(name, variable)
    }
  }

  get(name: string): Variable | undefined {
    return this.#known.get(name)
  }

  /** Every value, by name. */
  get all(): Environment {
    return Object.fromEntries(Array.from(this.#known, ([name, { value }]) => [name, value]))
  }

  get names(): readonly string[] {
    return [...this.#known.keys()]
  }
}
