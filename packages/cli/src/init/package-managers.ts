export const packageManagers = ['npm', 'pnpm', 'yarn'] as const
export type PackageManager = (typeof packageManagers)[number]

/** The package manager that runs this process, as `npx` and `pnpm dlx` say; else npm. */
export function currentPackageManager(env: NodeJS.ProcessEnv = process.env): PackageManager {
  const name = env.npm_config_user_agent?.split('/')[0]
  return packageManagers.find((manager) => manager === name) ?? 'npm'
}
