import { ordinarily, type PreTestFor } from './pre-test.js'
import { any, areHarmless } from './options.js'

const time = '(?:T(?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d(?:\\.\\d+)?)?(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)?)?'

/** A calendar date, alone or with `T` and a time: a part of isISO8601's pattern, and of the one for `strictSeparator`. */
const dateTime = new RegExp(`^\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])${time}$`)

/** With `strict`, days must exist: all but February 29th are listed, and years under 1000 are left out, which `strict` mistakes. */
const existingDateTime = new RegExp(
  '^[1-9]\\d{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))' +
    `${time}$`,
)

const datePreTest: PreTestFor = ([options]) => {
  if (!areHarmless(options, { strict: any, strictSeparator: any })) return undefined
  return ordinarily((options as { strict?: unknown } | undefined)?.strict ? existingDateTime : dateTime)
}

const zones = new Set<string>()

/** Known names, without making a formatter (50 µs). Listed on first use, which takes longer than one formatter. */
function isKnownZone(value: string): boolean {
  if (zones.size === 0) for (const zone of ['UTC', ...Intl.supportedValuesOf('timeZone')]) zones.add(zone)
  return zones.has(value)
}

/** Dates, times and zones as text. */
export const dates: Readonly<Record<string, PreTestFor>> = {
  isIso8601: datePreTest,
  isDateString: datePreTest,
  isMilitaryTime: () => ordinarily(/^(?:[01]\d|2[0-3]):?[0-5]\d$/),
  isTimeZone: () => ordinarily(isKnownZone),
}
