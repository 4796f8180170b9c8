/** Node counts timers in 32 bits; a longer one, in milliseconds, fires at once. For `@Max` of durations that end up in a timer. */
export const maxTimerMs = 2 ** 31 - 1
