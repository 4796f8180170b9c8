const placeholder = /\$\$\{|\$\{([^}]*)(\}?)/g
const secret = /^secret:([^:]+):([^]+)$/
const variable = /^([A-Za-z_]\w*)(?::([^]*))?$/

/** What `${secret:provider:key}` asks for. */
export interface SecretName {
  readonly provider: string
  readonly key: string
}

/** The environment, by name. */
export type Environment = Readonly<Record<string, string | undefined>>

export interface SubstitutionProblem {
  readonly problem: string
  readonly fix: string
  /** Name of the variable that was asked for. */
  readonly variable?: string
}

/**
 * Replaces `${NAME}`, `${NAME:default}` and `${secret:provider:key}` in one value.
 *
 * A variable that is unset or empty takes its default; without a default it is a problem, so `${NAME:}` says that empty will do.
 * The default reaches to the next `}` and may hold colons. `$${` stands for `${`. What a variable or secret holds is not looked at
 * again.
 * @param secretOf  the secret, or undefined where there is none, which is not reported here
 */
export function substitute(
  text: string,
  env: Environment,
  report: (problem: SubstitutionProblem) => void,
  secretOf: (name: SecretName) => string | undefined = () => undefined,
): string {
  return text.replace(placeholder, (match: string, content: string | undefined, end: string) => {
    if (content === undefined) return '${'
    const asked = end === '' ? undefined : toSecretName(content)
    if (asked) return secretOf(asked) ?? match
    const [, name, fallback] = variable.exec(content) ?? []
    if (end === '') {
      report({
        problem: `"${match}" has no closing }`,
        fix: 'Write ${NAME} or ${NAME:default}; a literal ${ is written $${.',
      })
    } else if (content.startsWith('secret:')) {
      report({
        problem: `"${match}" does not name a secret`,
        fix: 'Write ${secret:provider:key}; a literal ${ is written $${.',
      })
    } else if (name === undefined) {
      report({
        problem: `"${match}" does not name an environment variable`,
        fix: 'Write ${NAME} or ${NAME:default}, the name in letters, digits and _; a literal ${ is written $${.',
      })
    } else if (fallback?.includes('${')) {
      report({
        problem: `the default of "${match}" holds another variable`,
        fix: 'A default is plain text: give the first variable a value, or leave the second one out.',
      })
    } else {
      // The name may be one that every object inherits, such as `constructor`.
      const value = Object.hasOwn(env, name) ? env[name] : undefined
      if (value) return value
      if (fallback !== undefined) return fallback
      const state = value === undefined ? 'not set' : 'empty'
      report({
        problem: `the environment variable ${name} is ${state}`,
        fix: `Set it, or give a default: \${${name}:value}.`,
        variable: name,
      })
    }
    return match
  })
}

/** The secrets that a value asks for. */
export function secretsIn(text: string): SecretName[] {
  return [...text.matchAll(placeholder)].flatMap(([, content, end]) =>
    content === undefined || end === '' ? [] : (toSecretName(content) ?? []),
  )
}

function toSecretName(content: string): SecretName | undefined {
  const [, provider, key] = secret.exec(content) ?? []
  return provider === undefined || key === undefined ? undefined : { provider, key }
}
