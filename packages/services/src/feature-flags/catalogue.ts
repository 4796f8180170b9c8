import { defineError } from '@lokstra/core'

export const E_FLAG_UNKNOWN = defineError<{ flag: string; hint: string; known: string }>({
  code: 'E_FLAG_UNKNOWN',
  when: '@FeatureFlag, or a changed configuration, leaves a route with a flag that is not configured.',
  message: ({ flag, hint }) => `There is no feature flag "${flag}".${hint}`,
  fix: ({ flag, known }) =>
    `Add it to the flags of the featureFlags service, such as ${flag}: { default: false }${known && `, or name one of: ${known}`}.`,
  example: { flag: 'newChekout', hint: ' Did you mean "newCheckout"?', known: 'newCheckout' },
})

export const E_FLAG_TYPE = defineError<{ flag: string; type: string }>({
  code: 'E_FLAG_TYPE',
  when: '@FeatureFlag names a flag whose values are not true and false.',
  message: ({ flag, type }) => `The feature flag "${flag}" has values of type ${type} and cannot switch a route`,
  fix: () => 'Name a flag whose default is true or false; ask for others with FeatureFlags.value.',
  example: { flag: 'checkoutColour', type: 'string' },
})
