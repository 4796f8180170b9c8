import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** `migrations/004_add_orders.sql`: the number after the highest of the folder, as wide as that one and at least three digits. */
export async function nextMigration(project: string, folder: string, name: string): Promise<string> {
  const files = await readdir(join(project, folder)).catch(() => [])
  const numbers = files.flatMap((file) => /^(\d{1,15})[_-].+\.sql$/.exec(file)?.[1] ?? [])
  const highest = numbers.reduce((found, number) => (Number(number) >= Number(found) ? number : found), '000')
  const number = String(Number(highest) + 1).padStart(Math.max(3, highest.length), '0')
  return `${folder.replaceAll('\\', '/').replace(/\/+$/, '')}/${number}_${name}.sql`
}
