/** One name in all the spellings that code has. */
export interface Names {
  /** Below `src` and `test`, such as `order-items` or `shop/orders`. */
  readonly folder: string
  /** `order-item` */
  readonly file: string
  /** `OrderItem` */
  readonly type: string
  /** `orderItem` */
  readonly variable: string
  /** `order item` */
  readonly words: string
  /** `order_item` */
  readonly snake: string
  /** Of the resource in addresses: `order-items`. */
  readonly path: string
}

export interface NameRules {
  /** What class names of the kind end in, such as `Controller`; taken off when it is given. */
  readonly suffix: string
  /** Where the kind is kept when the name says nothing of it. Default: the plural of the name. */
  readonly folder?: string
  /** Whether the name is one of a whole area, such as `billing`, and stays as it is. Default false: areas are called by their plural. */
  readonly namesArea?: boolean
}

/**
 * Reads `order-item`, `OrderItem`, `orders/item` or `orders/OrderItemController`.
 * @returns a text, why it is no name, when it is none
 */
export function readNames(text: string, { suffix, folder, namesArea = false }: NameRules): Names | string {
  const parts = text.replace(/^src\//, '').split('/')
  for (const part of parts) {
    if (!/^[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*$/.test(part) || part.length > 80)
      return `${JSON.stringify(text)} is no name: write letters and digits from a letter on, such as order-item, OrderItem or orders/item`
  }
  const words = withoutSuffix(parts.map(wordsOf).at(-1)!, suffix.toLowerCase())
  const file = words.join('-')
  const folders = parts.slice(0, -1).map((part) => wordsOf(part).join('-'))
  const type = words.map(capital).join('')
  const area = namesArea ? file : plural(file)
  return {
    folder: folders.length > 0 ? folders.join('/') : (folder ?? area),
    file,
    type,
    variable: type.charAt(0).toLowerCase() + type.slice(1),
    words: words.join(' '),
    snake: words.join('_'),
    path: area,
  }
}

/** `HTTPClient2` → http, client2 */
function wordsOf(text: string): string[] {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()
    .split(/[-_]/)
}

function withoutSuffix(words: readonly string[], suffix: string): readonly string[] {
  return words.length > 1 && words.at(-1) === suffix ? words.slice(0, -1) : words
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

/** Good enough for folders and addresses, which are easily changed: `category` → categories, `orders` stays. */
function plural(word: string): string {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`
  if (/(?:ss|x|z|ch|sh|us|is)$/.test(word)) return `${word}es`
  return word.endsWith('s') ? word : `${word}s`
}
