/** How long a client may take to read the last that it is sent and to leave, before its connection or its request is cut, in milliseconds. */
export const lingerMs = 500
