/**
 * The longest text that is read as a big integer, a minus sign included: the time to read one grows faster than its length. Servers do not
 * write longer ones to one another either.
 */
export const maxBigintDigits = 1_000
