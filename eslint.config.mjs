import regexp from 'eslint-plugin-regexp'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  {
    ignores: [
      '**/lib/',
      'packages/rachis/reference/',
      'build/',
      'node_modules/',
      '.data/',
      'coverage/',
      'generated-clients/out/'
    ]
  },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx', '**/*.cjs'],
    rules: {
      eqeqeq: 'error',
      'prefer-const': 'error',
      'max-lines': ['error', { max: 250, skipBlankLines: false }],
      'max-lines-per-function': ['error', { max: 40, skipComments: true, skipBlankLines: true }],
      complexity: ['error', 12],
      // An object without its key, as in `const { id, ...rest } = row`, is a use.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }
      ],
      // Feathers lets resources add themselves to an empty interface.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'always' }],
      // Migrations are loaded by name, as Knex itself does.
      '@typescript-eslint/no-require-imports': 'off'
    }
  },
  {
    // What a request says must not cost more than its length: an expression that looks at parts of a text again and again costs the square of it.
    // Left out is what reads only what developers and operators write.
    files: ['packages/rachis/src/**/*.ts', 'src/**/*.ts'],
    ignores: ['cli', 'client', 'database', 'declare', 'model/verifiers', 'util/source-place.ts'].map(
      (part) => `packages/rachis/src/${part}${part.endsWith('.ts') ? '' : '/**'}`
    ),
    plugins: { regexp },
    rules: { 'regexp/no-super-linear-backtracking': 'error', 'regexp/no-super-linear-move': 'error' }
  },
  {
    // Elements stand on lines of their own, with a line for each of their properties.
    files: ['**/*.tsx'],
    rules: { 'max-lines-per-function': ['error', { max: 60, skipComments: true, skipBlankLines: true }] }
  },
  {
    // As the Feathers CLI writes them: a type parameter for the typed client, and `any` where no schema was wanted.
    files: [
      'src/services/**/*.class.ts',
      'src/services/index.ts',
      'packages/create-rachis/template/src/services/index.ts'
    ],
    rules: { '@typescript-eslint/no-unused-vars': 'off', '@typescript-eslint/no-explicit-any': 'off' }
  },
  {
    files: ['test/**', 'bench/**', 'generated-clients/**', '**/migrations/**'],
    rules: {
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      complexity: 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unused-expressions': 'off'
    }
  }
)
