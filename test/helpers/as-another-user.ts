/** Of a user that owns nothing. */
const nobody = 65_534

/** Runs something as a user whom file modes bind: as nobody where the tests run as root, else as the user who runs them. */
export async function asUserBoundByModes<T>(run: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return run()
  process.setegid!(nobody)
  process.seteuid!(nobody)
  try {
    return await run()
  } finally {
    process.seteuid!(0)
    process.setegid!(0)
  }
}
