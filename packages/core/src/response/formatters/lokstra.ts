import type { Formatter } from './formatter.js'

/** `{status: "success", message?, data?, meta?}` and `{status: "error", error: {code, message, fields?, requestId, details?}}`. */
export const lokstraFormatter: Formatter = {
  name: 'lokstra',
  success: ({ message, data, meta }) => ({ body: { status: 'success', message, data, meta } }),
  error: ({ code, message, fields, requestId, details }) => ({
    body: { status: 'error', error: { code, message, fields, requestId, details } },
  }),
}
