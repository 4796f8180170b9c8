import { Service } from '@lokstra/core'

import type { Language } from './greeting.dto.js'

const words: Readonly<Record<Language, string>> = { en: 'Hello', id: 'Halo', de: 'Hallo' }

@Service()
export class GreetingService {
  greet(name: string, language: Language): string {
    return `${words[language]}, ${name}!`
  }
}
