import type { RuleEmitter } from './emitted-check.js'
import { emitTime, mayBeDate } from './types.js'

/** The limit is asked when the check runs: dates can be set. A function is one of the user's, and the original calls it. */
function compared(operator: '>=' | '<='): RuleEmitter {
  return (check) => {
    const limit = check.argument(0)
    if (!(limit instanceof Date) || Object.getPrototypeOf(limit) !== Date.prototype) return undefined
    if (Reflect.ownKeys(limit).length > 0) return undefined
    if (!mayBeDate(check)) return 'false'
    return `${emitTime(check)} ${operator} ${check.program.constant(limit, 'limit')}.getTime()`
  }
}

/** Rules about dates. */
export const dates: Readonly<Record<string, RuleEmitter>> = { minDate: compared('>='), maxDate: compared('<=') }
