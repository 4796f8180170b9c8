import { defineError } from '@lokstra/core'

export const E_FILES_EXIST = defineError<{ files: readonly string[] }>({
  code: 'E_FILES_EXIST',
  when: '`lokstra init` or `lokstra new` would write files that are there already.',
  message: ({ files }) => `Nothing was written, because these files exist: ${files.join(', ')}`,
  fix: () => 'Choose another folder or name, or overwrite them with --force.',
  example: { files: ['package.json', 'lokstra.yaml'] },
})

export const E_FILES_WRITE = defineError<{ file: string; reason: string; left: readonly string[] }>({
  code: 'E_FILES_WRITE',
  when: 'A file of a project cannot be written.',
  message: ({ file, reason, left }) =>
    `${file} cannot be written: ${reason}. ${left.length > 0 ? `These files are left: ${left.join(', ')}` : 'What had been written was removed again'}`,
  fix: () => 'Remove what is in the way, or choose another folder.',
  example: { file: 'src/greetings/greeting.dto.ts', reason: 'ENOTDIR: not a directory, mkdir src', left: [] },
})

export const E_PACKAGE_MANAGER = defineError<{ command: string; folder: string; reason: string }>({
  code: 'E_PACKAGE_MANAGER',
  when: 'The package manager cannot install the dependencies of a new project.',
  message: ({ command, reason }) =>
    `The project was written, but its dependencies were not installed: ${command} ${reason}`,
  fix: ({ command, folder }) => `Run ${command} in ${folder} once its reason, printed above, is gone.`,
  example: { command: 'npm install', folder: 'shop', reason: 'ended with code 1' },
})

export const E_PACKED_PACKAGES = defineError<{ folder: string; missing: readonly string[] }>({
  code: 'E_PACKED_PACKAGES',
  when: 'The folder that `lokstra init --packages` names does not hold a packed file of each package.',
  message: ({ folder, missing }) => `${folder} holds no packed file of ${missing.join(', ')}`,
  fix: () => 'Make them with npm run pack -- <folder> in the repository of Lokstra.',
  example: { folder: '/tmp/packages', missing: ['@lokstra/core'] },
})

export const E_PROJECT_MISSING = defineError<{ folder: string }>({
  code: 'E_PROJECT_MISSING',
  when: '`lokstra new` runs outside of a project.',
  message: ({ folder }) => `There is no package.json in ${folder} or above it`,
  fix: () => 'Go to the folder of a project, or make one with lokstra init.',
  example: { folder: '/tmp' },
})
