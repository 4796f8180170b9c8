/*
 * The items of a stream cross as lines of JSON. Its last line begins with what no JSON begins with, so that a stream that was cut off,
 * whoever did it, is never taken for a short one.
 */

/** The last line of a stream that is complete. */
export const endMark = '.'
/** The last line of one whose source failed begins so; behind it is the body of the error. */
export const errorMark = '!'
