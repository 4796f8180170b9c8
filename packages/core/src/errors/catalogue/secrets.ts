import { defineError } from '../lokstra-error.js'

export const E_SECRET_PROVIDER_UNKNOWN = defineError<{ provider: string; hint: string; known: string }>({
  code: 'E_SECRET_PROVIDER_UNKNOWN',
  when: 'A ${secret:provider:key} names a provider that is neither built in nor listed under secrets.',
  message: ({ provider, hint }) => `There is no secret provider "${provider}".${hint}`,
  fix: ({ provider, known }) => `List it under secrets, such as ${provider}: { type: vault }, or use one of: ${known}.`,
  example: { provider: 'vualt', hint: ' Did you mean "vault"?', known: 'vault, env, file' },
})

export const E_SECRET_TYPE_UNKNOWN = defineError<{ name: string; type: string; hint: string; known: string }>({
  code: 'E_SECRET_TYPE_UNKNOWN',
  when: 'An entry of secrets has a type that is neither built in, nor offered by a package, nor a discovered class.',
  message: ({ name, type, hint }) =>
    `The secret provider "${name}" has the type "${type}", which was not found.${hint}`,
  fix: ({ known }) =>
    `Use one of: ${known}; install the package that offers the type; or export a @Service class of that name that extends SecretProvider from a discovered file.`,
  example: { name: 'vault', type: 'vualt', hint: ' Did you mean "vault"?', known: 'env, file, exec, vault' },
})

export const E_SECRET_UNAVAILABLE = defineError<{ provider: string; key: string; reason: string; fix: string }>({
  code: 'E_SECRET_UNAVAILABLE',
  when: 'A secret cannot be fetched, takes too long, or is empty.',
  message: ({ provider, key, reason }) => `The secret "${key}" of ${provider} cannot be read: ${reason}`,
  fix: ({ fix }) => fix,
  example: {
    provider: 'file',
    key: 'db_password',
    reason: 'there is no file /run/secrets/db_password',
    fix: 'Mount the secret there, or set the folder of the provider: secrets: { file: { type: file, dir: … } }.',
  },
})

export const E_SECRET_CYCLE = defineError<{ chain: string }>({
  code: 'E_SECRET_CYCLE',
  when: 'The configuration of a secret provider needs a secret that the provider itself would have to give.',
  message: ({ chain }) => `Secret providers wait for one another: ${chain}`,
  fix: () => 'Give one of them its values another way, such as a variable or a file.',
  example: { chain: 'vault -> cloud -> vault' },
})

export const E_SECRET_PROVIDER_FAILED = defineError<{ name: string; reason: string }>({
  code: 'E_SECRET_PROVIDER_FAILED',
  when: 'The class of a secret provider throws while it is constructed.',
  message: ({ name, reason }) => `The secret provider "${name}" cannot be made: ${reason}`,
  fix: () => 'Correct its configuration, or its constructor.',
  example: { name: 'vault', reason: 'the certificate ca.pem cannot be read' },
})
