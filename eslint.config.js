import eslint from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

export default defineConfig(
  globalIgnores([
    '**/dist/',
    '**/coverage/',
    '**/.lokstra/',
    'test/fixtures/broken/',
    'packages/cli/templates/shared/',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: ['error', 'always'],
      'no-console': 'error',
      // Classes named in decorated signatures are left alone by this rule: their metadata would be lost with `import type`.
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      // Before it imports a CommonJS module, Node parses it for the names that it exports, and all that it re-exports: of tsyringe's
      // 45 ms that is 30. `import x = require('x')` is as typed and does without.
      '@typescript-eslint/no-require-imports': ['error', { allowAsImport: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      // With noUncheckedIndexedAccess a `!` states what a loop bound or a match has just shown.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Deriving a class from a factory's, and DTOs without methods, are how this project is written.
      '@typescript-eslint/no-extraneous-class': 'off',
      // A marker type parameter carries a type to the caller: `stateKey<User>('user')`.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // An abstract contract's implementation may have nothing to await.
      '@typescript-eslint/require-await': 'off',
      // Callers may be plain JavaScript, and values cross from the network: checks beyond the types are deliberate.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // `${error}` of unknown values is caught by restrict-template-expressions; `String(value)` is the honest conversion.
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/class-literal-property-style': 'off',
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // A caught value is thrown on as it came.
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true, allowThrowingAny: false }],
    },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    // What takes the parts, and what types them by the index.
    ignores: ['packages/core/src/validation/class-validator*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'class-validator',
              importNames: [
                'getMetadataStorage',
                'MetadataStorage',
                'validate',
                'validateOrReject',
                'validateSync',
                'Validator',
              ],
              message:
                'Core takes what it needs from packages/core/src/validation/class-validator.ts; rules are compiled.',
            },
            {
              name: 'class-transformer',
              importNames: ['classToPlain', 'instanceToPlain', 'plainToClass', 'plainToInstance'],
              message: 'Values are converted by the compiled binder.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['packages/{core,services,middleware}/src/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'CallExpression[callee.property.name=/^(trace|debug|info|warn|error|fatal)$/] > Literal.arguments:first-child[value=/^[A-Z][a-z]|[.]$/]',
          message: 'Messages of the log are in lower case and without a full stop: see logging/logger.ts.',
        },
      ],
    },
  },
  {
    // Command line, reporters and scripts talk to a terminal.
    files: ['packages/cli/**/*.ts', 'samples/*/src/chaos/main.ts', 'test/**/*.ts', 'bench/**', 'scripts/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**/*.ts', 'packages/cli/templates/**/test/**/*.ts'],
    rules: {
      // Chai's assertions are property reads.
      '@typescript-eslint/no-unused-expressions': 'off',
      // Answers are JSON of any shape, and wrong values are what many tests are about.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // As in projects, which typescript-eslint's recommended rules lint: plain objects are what DTOs and output classes describe.
    files: ['packages/cli/templates/**/*.ts', 'samples/**/*.ts', 'test/**/*.ts'],
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
  {
    files: ['**/*.{js,cjs,mjs}'],
    languageOptions: {
      globals: {
        AbortController: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        clearTimeout: 'readonly',
        console: 'readonly',
        fetch: 'readonly',
        module: 'writable',
        performance: 'readonly',
        process: 'readonly',
        require: 'readonly',
        setImmediate: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
  {
    // Pages that samples serve to a browser.
    files: ['samples/*/{web,public}/**/*.js'],
    languageOptions: {
      globals: {
        document: 'readonly',
        window: 'readonly',
        FormData: 'readonly',
        URLSearchParams: 'readonly',
        location: 'readonly',
        EventSource: 'readonly',
      },
    },
  },
)
