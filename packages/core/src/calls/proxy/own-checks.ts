import type { ValueType } from '../../contract/value-type.js'
import { operationName, type Operation } from '../../contract/operation.js'
import type { TargetAnswer } from '../client/target-answer.js'
import { unreadable } from '../codec/call-result.js'
import { createInputBinder } from '../codec/input-binder.js'
import { resultComplaints } from '../codec/result-complaints.js'
import type { AnswerFailures } from './answer-failures.js'

/** Of a value with mistakes as many are named as help to find the mistake. */
const mostComplaints = 5

/** What is checked here of the calls of a system that knows nothing of our classes. */
export interface OwnChecks {
  /**
   * @returns what is to be sent: an instance, with the defaults of its class
   * @throws RemoteCallError `executed: 'no'` for an input that breaks its rules · LokstraError E_CALL_VALUE
   */
  ofInput(given: unknown): Promise<unknown>
  /**
   * @returns the result, or of a stream its items as they come
   * @throws LokstraError E_CALL_RESULT for a result that breaks its rules, or lacks what it requires
   */
  ofResult(result: unknown, answer: TargetAnswer): Promise<unknown>
}

/** @param operation  as it is declared */
export function compileOwnChecks(operation: Operation, failures: AnswerFailures): OwnChecks {
  const { input, output } = operation
  const name = operationName(operation)
  const bind = input && createInputBinder(operation, input)
  return {
    async ofInput(given) {
      if (!bind) return given
      const { value, complaints } = await bind(given as object)
      if (complaints.length === 0) return value
      const what = `${name} was called with a ${input.type.name} that breaks its rules`
      throw failures.unsent(new Error(`${what}: ${listed(complaints)}. Nothing was sent`))
    },
    async ofResult(result, answer) {
      if (!output.type) return result
      if (output.isStream) return checkedItems(result as AsyncIterable<unknown>, output.type, name, failures, answer)
      await assertResult(output.type, result, name)
      return result
    },
  }
}

async function* checkedItems(
  items: AsyncIterable<unknown>,
  type: ValueType,
  name: string,
  failures: AnswerFailures,
  answer: TargetAnswer,
): AsyncGenerator {
  for await (const item of items) {
    try {
      await assertResult(type, item, name)
    } catch (error) {
      throw failures.broken(error, answer)
    }
    yield item
  }
}

async function assertResult(type: ValueType, value: unknown, name: string): Promise<void> {
  const complaints = await resultComplaints(type, value)
  if (complaints.length > 0) throw unreadable(name, listed(complaints))
}

function listed(complaints: readonly string[]): string {
  return complaints.slice(0, mostComplaints).join(', ')
}
