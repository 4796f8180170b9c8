import {
  AfterResponse,
  Field,
  Get,
  Inject,
  NotFoundError,
  OnStart,
  Post,
  Query,
  Returns,
  Route,
  Service,
  Throws,
  factory,
  type Context,
  type InputPlan,
  type Operation,
  type ValueType,
} from '@lokstra/core'
import { expect } from 'chai'

abstract class Clock {
  abstract now(): string
}
class Pool {
  readonly size = 1
}

/** Compiled, never used: each line marked as an error must be one for the compiler. */
export class Dto {
  @Query() open!: string
  // @ts-expect-error -- private fields cannot be filled from outside
  @Query() private hidden!: string
  // @ts-expect-error -- nor can protected ones
  @Query() protected guarded!: string

  @Field({ description: 'kept', example: 1, deprecated: true }) declared!: string
  @Field() get read(): string {
    return this.declared
  }
  // @ts-expect-error -- options of a field have names
  @Field({ descripton: 'misspelt' }) misspelt!: string
  // @ts-expect-error -- a private field is none
  @Field() private own!: string
  @Field({ type: () => Number }) list!: number[]
  @Query({ type: () => Pool }) pool!: Pool
  // @ts-expect-error -- the type is given by a function
  @Query({ type: Number }) page!: number
  // @ts-expect-error -- String is none that gives a type
  @Field({ type: String }) text!: string
  // @ts-expect-error -- nor is a class
  @Field({ type: Pool }) direct!: Pool

  reads() {
    return this.hidden + this.guarded + this.own
  }
}

@Route('/')
export class Pages {
  @Get() show() {
    this.secret()
    this.guarded()
    this.hook()
    this.after()
    this.returns()
  }
  // @ts-expect-error -- a private method is no operation
  @Get() private secret() {}
  // @ts-expect-error -- nor is a protected one
  @Get() protected guarded() {}
  // @ts-expect-error -- nor is it a hook
  @OnStart() private hook() {}
  // @ts-expect-error -- of any kind
  @AfterResponse() private after() {}
  // @ts-expect-error -- and has no declared response
  @Returns(undefined, 204) private returns() {}
  // @ts-expect-error -- nor declared errors
  @Throws(NotFoundError) private throws() {}

  @Post('/', { summary: 'a', tags: ['b'], handlerTimeout: '30s' }) @Throws(NotFoundError) options() {
    this.throws()
  }
  @Post({ deprecated: true, handlerTimeout: 0 }) @Returns([Clock]) alone() {}
  // @ts-expect-error -- options of an operation have names
  @Post('/', { sumary: 'misspelt' }) misspelt() {}
  // @ts-expect-error -- a timeout is a number or a text
  @Post('/', { handlerTimeout: true }) limited() {}
  // @ts-expect-error -- only errors with a status are declared
  @Post('/') @Throws(TypeError) faulty() {}
  // @ts-expect-error -- and classes of them, no instances
  @Post('/') @Throws(new NotFoundError()) instance() {}
  // @ts-expect-error -- a list has one class
  @Post('/') @Returns([Clock, Pool]) two() {}
  @Post('/') @Returns(undefined, 204) nothing() {}
  // @ts-expect-error -- undefined has a status without a body
  @Post('/') @Returns(undefined) unknown() {}
  // @ts-expect-error -- such as 204
  @Post('/') @Returns(undefined, 200) empty() {}
}

/** The contract is for reading. */
export function reads(ctx: Context): string {
  const operation: Operation | undefined = ctx.route.operation
  const input: InputPlan | undefined = operation?.input
  const type: ValueType | undefined = operation?.output.type
  // @ts-expect-error -- nothing of it can be set
  if (operation) operation.path = '/'
  // @ts-expect-error -- at any depth
  if (input) input.fields[0]!.name = ''
  // @ts-expect-error -- nor can lists of it grow
  operation?.errors.push({ type: Pool, status: 400, code: '' })
  return type?.kind === 'enum' ? type.values.join() : (type?.kind ?? 'none')
}

@Service()
export class Holder {
  constructor(
    // Abstract classes are tokens as well.
    @Inject(Clock) readonly clock: Clock,
    // @ts-expect-error -- a number names nothing
    @Inject(1) readonly one: unknown,
  ) {}
}

// @ts-expect-error -- lifetimes are named
@Service({ lifetime: 'scoped' })
export class Scoped {}

export const registrations = [
  factory({
    provides: Pool,
    inject: [Clock, 'name'],
    create: (clock, name) => Object.assign(new Pool(), { now: clock.now(), name }),
  }),
  // @ts-expect-error -- what is created must be what is provided
  factory({ provides: Pool, create: () => ({ length: 1 }) }),
  // @ts-expect-error -- the arguments have the types of inject
  factory({ provides: Pool, inject: [Clock], create: (clock: Pool) => clock }),
]

describe('the types of the decorators', () => {
  it('refuse private members, wrong lifetimes and factories that do not fit', () => {
    // The compiler has checked it; what remains is that the classes can be loaded.
    expect(registrations).to.have.length(3)
  })
})
