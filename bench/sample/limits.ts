/** Largest request body that a target accepts. */
export const bodyLimitBytes = 1024 * 1024
