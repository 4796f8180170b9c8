import { AfterResponse, Get, Inject, OnStart, Query, Returns, Route, Service, factory } from '@lokstra/core'
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

  reads() {
    return this.hidden + this.guarded
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
