import { any, areHarmless, emptyList, only, type HarmlessOptions } from './options.js'
import { exactly, ordinarily, type PreTest, type PreTestFor } from './pre-test.js'

/*
 * Labels of letters and digits with single or several hyphens inside, joined by dots, the last of letters only: what isFQDN takes
 * with every option it has, but for labels over 63 characters. Each test bounds the whole name by 63. A label cannot be split in two
 * ways, so the patterns run in linear time.
 */
const domain = '(?:[A-Za-z\\d]+(?:-+[A-Za-z\\d]+)*\\.)+[A-Za-z]{2,}'
const maxDomainLength = 63

const atom = "[A-Za-z\\d!#$%&'*+/=?^_`{|}~-]+"
const email = new RegExp(`^${atom}(?:\\.${atom})*@${domain}$`)
const maxLocalLength = 64

/** isEmail splits at the last `@`; a local part without one, of ASCII atoms, has as many bytes as characters. */
function isOrdinaryEmail(value: string): boolean {
  const at = value.indexOf('@')
  return at > 0 && at <= maxLocalLength && value.length - at - 1 <= maxDomainLength && email.test(value)
}

/**
 * An invalid address often lacks it, and would take fifty times as long as a valid one: its local part is empty, which no option
 * allows. With half a surrogate pair the original throws, and must be asked.
 */
function hasNoAt(value: string): boolean {
  return !value.includes('@') && value.isWellFormed()
}

/** Without the rest: they narrow what is accepted, or look at more than the address. */
const emailOptions: HarmlessOptions = {
  allow_display_name: any,
  require_display_name: only(false),
  allow_utf8_local_part: any,
  allow_underscores: any,
  allow_ip_domain: any,
  require_tld: any,
  ignore_max_length: any,
  blacklisted_chars: only(''),
  host_blacklist: emptyList,
  host_whitelist: emptyList,
  domain_specific_validation: only(false),
}

const url = new RegExp(`^(?:https?|ftp)://(${domain})(?::[1-9]\\d{0,3})?(?:[/?#][!-;=?-~]*)?$`)
const maxUrlLength = 2084

/**
 * A protocol with `//`, a domain without user or password, a port up to 9999, then any printable ASCII but `<` and `>`: isURL looks at
 * nothing after the first `/`, `?` or `#`.
 */
function isOrdinaryUrl(value: string): boolean {
  return value.length <= maxUrlLength && (url.exec(value)?.[1]!.length ?? Infinity) <= maxDomainLength
}

const urlOptions: HarmlessOptions = {
  protocols: (value) => Array.isArray(value) && ['http', 'https', 'ftp'].every((name) => value.includes(name)),
  require_tld: any,
  require_protocol: any,
  require_host: any,
  require_port: only(false),
  require_valid_protocol: any,
  allow_underscores: any,
  allow_trailing_dot: any,
  allow_numeric_tld: any,
  allow_wildcard: any,
  ignore_max_length: any,
  allow_protocol_relative_urls: any,
  allow_fragments: only(true),
  allow_query_components: only(true),
  disallow_auth: any,
  validate_length: any,
  max_allowed_length: only(maxUrlLength),
}

const wholeDomain = new RegExp(`^${domain}$`)

const fqdnOptions: HarmlessOptions = {
  require_tld: any,
  allow_underscores: any,
  allow_trailing_dot: any,
  allow_numeric_tld: any,
  allow_wildcard: any,
  ignore_max_length: any,
}

const byte = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const ip4 = new RegExp(`^(?:${byte}\\.){3}${byte}$`)
/** Eight groups; the shortened forms are left to the original. */
const ip6 = /^(?:[\dA-Fa-f]{1,4}:){7}[\dA-Fa-f]{1,4}$/
const ip = new RegExp(`${ip4.source}|${ip6.source}`)

function ipPreTest([version]: readonly unknown[]): PreTest | undefined {
  if (version === undefined || version === '') return ordinarily(ip)
  if (version === 4 || version === '4') return exactly(ip4)
  return version === 6 || version === '6' ? ordinarily(ip6) : undefined
}

const hex = '[\\dA-Fa-f]'

function uuid(version: string): RegExp {
  return new RegExp(`^${hex}{8}-${hex}{4}-${version}${hex}{3}-[89ABab]${hex}{3}-${hex}{12}$`)
}

/** Of the nil and the max id, which belong to no version, the original decides. */
function uuidPreTest([version]: readonly unknown[]): PreTest | undefined {
  if (version === undefined || version === null || version === 'all') return ordinarily(uuid('[1-8]'))
  const versions = (Array.isArray(version) ? (version as unknown[]) : [version]).map(String)
  return versions.length > 0 && versions.every((one) => /^[1-8]$/.test(one))
    ? exactly(uuid(`[${versions.join('')}]`))
    : undefined
}

const jwt = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** Names on the network and what is exchanged there. */
export const internet: Readonly<Record<string, PreTestFor>> = {
  isEmail: ([options]) =>
    areHarmless(options, emailOptions) ? { ...ordinarily(isOrdinaryEmail), refuses: hasNoAt } : undefined,
  isUrl: ([options]) => (areHarmless(options, urlOptions) ? ordinarily(isOrdinaryUrl) : undefined),
  isFqdn: ([options]) =>
    areHarmless(options, fqdnOptions)
      ? ordinarily((value) => value.length <= maxDomainLength && wholeDomain.test(value))
      : undefined,
  isIp: ipPreTest,
  isUuid: uuidPreTest,
  isJwt: () => ordinarily(jwt),
}
