import { readFile } from 'node:fs/promises'
import { lokstraError, type Contracts } from '@lokstra/core'

import { E_CONTRACTS_SNAPSHOT } from '../catalogue/contracts.js'

/** @throws E_CONTRACTS_SNAPSHOT · E_CONTRACTS_FORMAT */
export async function readSnapshot(file: string): Promise<Contracts> {
  const { readContracts } = await import('@lokstra/core')
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw lokstraError(E_CONTRACTS_SNAPSHOT, { file, reason: (error as Error).message })
  }
  return readContracts(text, file)
}
