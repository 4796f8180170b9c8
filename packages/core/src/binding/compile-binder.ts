import type { Program } from '../codegen/program.js'
import type { InputPlan } from '../contract/input-plan.js'
import type { Context } from '../context/context.js'
import type { Handler } from '../middleware/compose.js'
import { BodyOutcome, type UseBody } from './body-outcome.js'
import { findBodyParser, type BodyParser } from './body-parsers/find-body-parser.js'
import { defaultEngine, nestedIn, type Engine } from './compile-object.js'
import { emitInput } from './emit/emit-input.js'
import { checkOwnRules, interpretInput, type ReceivedBody } from './interpret-input.js'
import { InvalidInput } from './invalid-input.js'
import { LazyCode } from './lazy-code.js'
import { bodyMode, type BindMode } from './mode.js'
import { malformed } from './parse-pairs.js'
import { perMode } from './per-mode.js'
import { hasOwnRules, prepare } from './prepare.js'
import { hasBody } from './read-body.js'
import { Refusals } from './refusals.js'
import { toldInputError } from './validation-failure.js'

/** What is done with the DTO of a request. */
export type UseInput = (ctx: Context, input: object | undefined) => unknown

/**
 * Makes the function that fills and checks the DTO of a request and gives what `use` makes of it: a {@link BodyOutcome} where there is
 * a body to read, a promise where a rule returned one, and an {@link InvalidInput} where fields are wrong, up to 100 of them. It throws
 * a ValidationError with code `malformed` for what cannot be read at all, the HttpError of a transform, and 415 for the body.
 *
 * Each field is filled from its declared source only. Emitted code accepts what is right; the interpreter says what is wrong with the
 * rest.
 * @param unknown  what happens to keys of a body that the DTO does not declare
 */
export function compileInputBinder(
  plan: InputPlan,
  unknown: 'drop' | 'reject',
  use: UseInput,
  engine: Engine = defaultEngine,
): Handler {
  const json = compiledInput(plan, bodyMode(false, unknown))
  let form: CompiledInput | undefined
  let asksOwnRules: boolean | undefined
  const bind = (ctx: Context, compiled: CompiledInput, body: ReceivedBody | undefined) => {
    asksOwnRules ??= hasOwnRules(prepare(plan))
    const refusals = new Refusals()
    if (engine === 'interpreted') return interpretInput(plan, ctx, body, engine, refusals)
    const target = compiled.bind(ctx, body?.value, refusals)
    if (target === undefined) {
      const refusal = refusals.take(ctx, compiled)
      const complaints = refusal?.findings.complaints
      if (!complaints || asksOwnRules) return interpretInput(plan, ctx, body, engine, refusals, refusal)
      return new InvalidInput(toldInputError(complaints, plan))
    }
    return asksOwnRules ? checkOwnRules(plan, target, engine) : target
  }
  const run = (ctx: Context, compiled: CompiledInput, body: ReceivedBody | undefined) => {
    const bound = bind(ctx, compiled, body)
    if (bound instanceof InvalidInput) return bound
    return bound instanceof Promise ? bound.then((input: object) => use(ctx, input)) : use(ctx, bound)
  }
  if (!plan.readsBody) return (ctx) => run(ctx, json, undefined)
  const runWithBody: UseBody = (ctx, bytes, parser) => {
    if (bytes.length === 0) return run(ctx, json, undefined)
    const body = parseBody(bytes, parser ?? findBodyParser(ctx.headers['content-type']), ctx, unknown)
    return run(ctx, body.mode.isForm ? (form ??= compiledInput(plan, body.mode)) : json, body)
  }
  const readsQuery = plan.fields.some(({ source }) => source === 'query')
  return (ctx) => {
    const { headers } = ctx
    if (!hasBody(headers)) return run(ctx, json, undefined)
    // A query that cannot be read is refused before a body is waited for.
    if (readsQuery) readQuery(ctx)
    const type = headers['content-type']
    // An empty body needs no type, and whether one without a length is empty shows at its end.
    const parser = type === undefined && headers['content-length'] === undefined ? undefined : findBodyParser(type)
    return new BodyOutcome(ctx, parser, runWithBody)
  }
}

/** The emitted text that binds the DTO, and each class in it, from a request with a JSON body. */
export function binderText(plan: InputPlan, unknown: 'drop' | 'reject' = 'drop'): string {
  return compiledInput(plan, bodyMode(false, unknown)).text()
}

/** The compiled function of a DTO in one mode. */
class CompiledInput extends LazyCode<[ctx: Context, body: unknown, refusals: Refusals]> {
  readonly #plan: InputPlan
  readonly #mode: BindMode

  constructor(plan: InputPlan, mode: BindMode) {
    super()
    this.#plan = plan
    this.#mode = mode
  }

  protected override emit(program: Program): string {
    return emitInput(program, this.#plan, this.#mode, nestedIn(program), this)
  }
}

const compiledInput = perMode((plan: InputPlan, mode) => new CompiledInput(plan, mode))

/** @throws ValidationError code `malformed` */
function readQuery({ query }: Context): unknown {
  return query
}

function parseBody(bytes: Buffer, parser: BodyParser, ctx: Context, unknown: 'drop' | 'reject'): ReceivedBody {
  const mode = bodyMode(parser.isForm, unknown)
  return { value: parser.parse(decode(bytes), ctx.app.limits), mode }
}

// Also drops a byte order mark, as the URL and JSON standards' decoders do.
const utf8 = new TextDecoder('utf-8', { fatal: true })

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw malformed('body', '', 'The body is not valid UTF-8')
  }
}
