import { Program } from '../codegen/program.js'

/**
 * A function that is emitted with its second input. The first is left to the interpreter: to emit and compile takes as long as to
 * interpret thirty inputs, and much is bound once, such as configuration, or never, such as the DTOs of a server that just starts.
 */
export abstract class LazyCode<Input extends readonly unknown[]> {
  /** Gives a filled and checked instance, or undefined where anything is not right. */
  bind: (...input: Input) => object | undefined = () => {
    this.bind = (...input) => this.compile().bind(...input)
    return undefined
  }

  compile(): this {
    const program = new Program()
    this.bind = program.compile(this.emit(program))
    return this
  }

  text(): string {
    const program = new Program()
    this.emit(program)
    return program.text()
  }

  /** Gives the name of the function in the program. */
  protected abstract emit(program: Program): string
}
