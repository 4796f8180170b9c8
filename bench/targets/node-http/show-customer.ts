import type { IncomingMessage, ServerResponse } from 'node:http'

import type { WrongField } from '../../sample/envelope.js'
import { sendInvalid, sendSuccess } from './send.js'

const integer = /^-?\d{1,15}$/

export function showCustomer(req: IncomingMessage, res: ServerResponse, idText: string, search: string): void {
  const query = new URLSearchParams(search)
  const wrong: WrongField[] = []
  const id = readInteger(wrong, 'path', 'id', idText, undefined, 1, Number.MAX_SAFE_INTEGER)
  const page = readInteger(wrong, 'query', 'page', query.get('page'), 1, 1, Number.MAX_SAFE_INTEGER)
  const size = readInteger(wrong, 'query', 'size', query.get('size'), 20, 1, 100)
  const active = readBoolean(wrong, 'active', query.get('active'))
  const tenant = req.headers['x-tenant']
  if (typeof tenant !== 'string') {
    wrong.push({ in: 'header', field: 'x-tenant', code: 'required', message: 'x-tenant is required' })
  } else if (tenant.length < 1 || tenant.length > 50) {
    wrong.push({ in: 'header', field: 'x-tenant', code: 'isLength', message: 'x-tenant must have 1 to 50 characters' })
  }
  if (wrong.length > 0) sendInvalid(res, wrong)
  else sendSuccess(res, 200, { id, page, size, active, tenant })
}

function readInteger(
  wrong: WrongField[],
  source: 'path' | 'query',
  field: string,
  text: string | null,
  fallback: number | undefined,
  min: number,
  max: number,
): number | undefined {
  if (text === null) {
    if (fallback === undefined) wrong.push({ in: source, field, code: 'required', message: `${field} is required` })
    return fallback
  }
  if (!integer.test(text)) {
    wrong.push({ in: source, field, code: 'isInt', message: `${field} must be an integer number` })
    return undefined
  }
  const value = Number(text)
  if (value < min) wrong.push({ in: source, field, code: 'min', message: `${field} must not be less than ${min}` })
  if (value > max) wrong.push({ in: source, field, code: 'max', message: `${field} must not be greater than ${max}` })
  return value
}

function readBoolean(wrong: WrongField[], field: string, text: string | null): boolean | undefined {
  if (text === 'true' || text === '1') return true
  if (text === 'false' || text === '0') return false
  if (text === null) wrong.push({ in: 'query', field, code: 'required', message: `${field} is required` })
  else wrong.push({ in: 'query', field, code: 'isBoolean', message: `${field} must be true or false` })
  return undefined
}
