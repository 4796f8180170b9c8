import { findPreTest } from '../pre-tests/find-pre-test.js'
import type { RuleEmitter } from './emitted-check.js'

/** Rules that have a pre-test: what it does not accept, and the rule may, the original judges. Rules about text accept nothing else. */
export const emitPreTested: RuleEmitter = (check) => {
  const preTest = findPreTest(check.rule.name, check.rule.constraints)
  if (!preTest) return undefined
  const { of, test, isExact, refuses } = preTest
  const { name } = check.rule
  const accepted =
    test instanceof RegExp
      ? `${check.program.constant(test, `${name}_pattern`)}.test(${check.value})`
      : `${check.program.constant(test, `quick_${name}`)}(${check.value})`
  if (isExact) return check.when(of, accepted)
  const perhaps = refuses ? `!${check.program.constant(refuses, `refused_${name}`)}(${check.value}) && ` : ''
  const original = `${perhaps}${check.original()}`
  return of === 'string' ? check.when(of, `(${accepted} || ${original})`) : `${check.when(of, accepted)} || ${original}`
}
