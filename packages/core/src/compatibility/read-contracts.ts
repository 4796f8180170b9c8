import { E_CONTRACTS_FORMAT } from '../errors/catalogue/contracts.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { contractHash } from './canonical.js'
import { contractVersion, type Contracts } from './contract.js'

/** Lists in lists of a type; classes may be nested in each other without an end. */
const maxDepth = 32
const kinds = ['enum', 'array', 'set', 'map', 'object', 'union'] as const
/** What a field, a rule or an output says by being there. */
const marks = {
  field: ['required', 'undecided', 'optional', 'nullable', 'takesAll', 'json'],
  rule: ['each', 'conditional'],
  output: ['stream'],
} as const

type Json = Readonly<Record<string, unknown>>

const scalarTypes = ['string', 'number', 'boolean', 'bigint', 'date', 'any', 'duration', 'size']

/**
 * Contracts out of text that somebody else has written: a file, or the answer of another server.
 * @param what  what the text is, for the error: `lokstra.contracts.json`
 * @throws E_CONTRACTS_FORMAT
 */
export function readContracts(text: string, what: string): Contracts {
  const fail = (problem: string): never => {
    throw lokstraError(E_CONTRACTS_FORMAT, { what, problem }, what)
  }
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (error) {
    return fail(`it is no JSON: ${(error as Error).message}`)
  }
  try {
    new ContractCheck(fail).contracts(data)
  } catch (error) {
    if (error instanceof RangeError) return fail('it is nested too deeply')
    throw error
  }
  return data as Contracts
}

/** Follows the shape of contracts and tells the first place where it is another one. */
class ContractCheck {
  readonly #fail: (problem: string) => never

  constructor(fail: (problem: string) => never) {
    this.#fail = fail
  }

  contracts(data: unknown): void {
    const { version, services } = this.#object(data, 'the whole')
    if (version !== contractVersion) {
      this.#fail(`its version is ${JSON.stringify(version)}, and ${contractVersion} is what can be read`)
    }
    this.#each(services, 'services', (service, at) => {
      const { hash, operations } = this.#object(service, at)
      this.#each(operations, `${at}.operations`, (operation, place) => this.#operation(operation, place))
      if (hash !== contractHash(operations)) this.#fail(`the hash of ${at} is not that of its operations`)
    })
  }

  #operation(data: unknown, at: string): void {
    const { hash, ...contract } = this.#object(data, at)
    const { verb, path, idempotent, input, output, errors, types } = contract
    if (typeof verb !== 'string') this.#fail(`${at}.verb is no text`)
    if (typeof path !== 'string') this.#fail(`${at}.path is no text`)
    if (typeof idempotent !== 'boolean') this.#fail(`${at}.idempotent is no boolean`)
    const own = types === undefined ? {} : this.#object(types, `${at}.types`)
    const objects = { input: this.#names(own.input, at), output: this.#names(own.output, at) }
    for (const direction of ['input', 'output'] as const) {
      this.#each(own[direction] ?? {}, `${at}.types.${direction}`, (object, place) =>
        this.#fields(object, place, objects[direction]),
      )
    }
    if (input !== undefined) {
      this.#fields(input, `${at}.input`, objects.input)
      this.#each(input, `${at}.input`, (field, place) => {
        if (typeof (field as Json).from !== 'string') this.#fail(`${place}.from is no text`)
      })
    }
    const { status, type } = this.#marked(output, marks.output, `${at}.output`)
    if (typeof status !== 'number') this.#fail(`${at}.output.status is no number`)
    if (type !== undefined) this.#type(type, `${at}.output.type`, objects.output)
    for (const [index, error] of this.#list(errors, `${at}.errors`).entries()) {
      const { type, code, status } = this.#object(error, `${at}.errors[${index}]`)
      const isRight = typeof type === 'string' && typeof code === 'string' && typeof status === 'number'
      if (!isRight) this.#fail(`${at}.errors[${index}] lacks its type, code or status`)
    }
    if (hash !== contractHash(contract)) this.#fail(`the hash of ${at} is not that of what follows it`)
  }

  #names(types: unknown, at: string): ReadonlySet<string> {
    return new Set(types === undefined ? [] : Object.keys(this.#object(types, `${at}.types`)))
  }

  #fields(data: unknown, at: string, objects: ReadonlySet<string>): void {
    this.#each(data, at, (field, place) => {
      const { name, type, rules } = this.#marked(field, marks.field, place)
      if (name !== undefined && typeof name !== 'string') this.#fail(`${place}.name is no text`)
      this.#type(type, `${place}.type`, objects)
      for (const [index, rule] of this.#list(rules ?? [], `${place}.rules`).entries()) {
        const { rule: known, arguments: given = [] } = this.#marked(rule, marks.rule, `${place}.rules[${index}]`)
        const isRight = typeof known === 'string' && Array.isArray(given)
        if (!isRight) this.#fail(`${place}.rules[${index}] lacks its name, or its arguments are no list`)
      }
    })
  }

  #type(type: unknown, at: string, objects: ReadonlySet<string>, depth = 0): void {
    if (depth > maxDepth) this.#fail('it is nested too deeply')
    if (typeof type === 'string') {
      if (!scalarTypes.includes(type)) this.#fail(`${at} is "${type}", which is no type`)
      return
    }
    const told = this.#object(type, at)
    const { enum: values, array, set, map, object, union, by } = told
    const element = array ?? set ?? map
    if (kinds.filter((kind) => told[kind] !== undefined).length !== 1) this.#fail(`${at} is no type`)
    else if (element !== undefined) this.#type(element, `${at}[]`, objects, depth + 1)
    else if (object !== undefined) this.#known(object, at, objects)
    else if (union !== undefined && typeof by === 'string') {
      this.#each(union, at, (name, place) => this.#known(name, place, objects))
    } else if (!Array.isArray(values) || !values.every(isMember)) this.#fail(`${at} is no type`)
  }

  #known(name: unknown, at: string, objects: ReadonlySet<string>): void {
    if (typeof name !== 'string' || !objects.has(name))
      this.#fail(`${at} names ${JSON.stringify(name)}, which is not described`)
  }

  #each(data: unknown, at: string, check: (value: unknown, at: string) => void): void {
    for (const [key, value] of Object.entries(this.#object(data, at))) check(value, `${at}.${key}`)
  }

  #marked(data: unknown, names: readonly string[], at: string): Json {
    const object = this.#object(data, at)
    const wrong = names.find((name) => object[name] !== undefined && object[name] !== true)
    return wrong === undefined ? object : this.#fail(`${at}.${wrong} is not true`)
  }

  #object(data: unknown, at: string): Json {
    if (typeof data !== 'object' || data === null || Array.isArray(data)) return this.#fail(`${at} is no object`)
    return data as Json
  }

  #list(data: unknown, at: string): readonly unknown[] {
    return Array.isArray(data) ? data : this.#fail(`${at} is no list`)
  }
}

function isMember(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}
