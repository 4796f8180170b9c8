import { parseArgs } from 'node:util'

import { baseline, targets, type Target } from './targets.js'
import { workloads, type Workload } from './workloads.js'

export const sections = ['http', 'start', 'memory', 'in-process', 'calls', 'dev'] as const
export type Section = (typeof sections)[number]

export interface Options {
  readonly targets: readonly Target[]
  readonly workloads: readonly Workload[]
  readonly sections: readonly Section[]
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly spawns: number
  /** Saves under `lokstra dev`. */
  readonly saves: number
  readonly memoryRounds: number
  readonly memoryRequests: number
  readonly sampleMs: number
  readonly connections: number
  /** Keeps the run and writes the docs of it. */
  readonly writeDocs: boolean
  /** Writes the docs of the run that is kept, and measures nothing. */
  readonly report: boolean
  readonly strict: boolean
}

export const usage = `npm run bench -- [options]

  --targets a,b     ${targets.map(({ name }) => name).join(', ')}; ${baseline} is always added
  --workloads a,b   ${workloads.map(({ name }) => name).join(', ')}
  --sections a,b    ${sections.join(', ')}
  --rounds n        rounds of each measurement; default 9
  --seconds n       load on a target in each round; default 1.5
  --warm-up n       seconds of load before the first round; default 3
  --quick           three short rounds of everything: a first look, not a result
  --write-docs      keeps the run and writes the tables and the chart of docs/performance.md: whole runs only
  --report          writes them of the run that is kept, and measures nothing
  --strict          exit status 1 when a goal is missed
  --help            this text
`

/** @throws Error for an option that is not known, or a value that does not fit */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      targets: { type: 'string' },
      workloads: { type: 'string' },
      sections: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      'warm-up': { type: 'string' },
      quick: { type: 'boolean', default: false },
      'write-docs': { type: 'boolean', default: false },
      report: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const { quick } = values
  const rounds = positive('rounds', values.rounds ?? (quick ? '3' : '9'))
  const options: Options = {
    targets: named('targets', targets, values.targets && `${baseline},${values.targets}`),
    workloads: named('workloads', workloads, values.workloads),
    sections: named(
      'sections',
      sections.map((name) => ({ name })),
      values.sections,
    ).map(({ name }) => name),
    rounds: Math.ceil(rounds),
    seconds: positive('seconds', values.seconds ?? (quick ? '0.5' : '1.5')),
    warmUpSeconds: positive('warm-up', values['warm-up'] ?? (quick ? '0.5' : '3')),
    spawns: Math.ceil(rounds),
    saves: Math.ceil(rounds) + 1,
    memoryRounds: quick ? 1 : 3,
    memoryRequests: quick ? 3_500 : 28_000,
    sampleMs: quick ? 30 : 150,
    connections: 64,
    writeDocs: values['write-docs'],
    report: values.report,
    strict: values.strict,
  }
  if (options.writeDocs && (quick || !isWhole(options))) {
    throw new Error(
      `--write-docs: docs/performance.md holds whole runs only: all targets, workloads and sections, ${docs.rounds} rounds or more, ` +
        `load and warm-up of ${docs.seconds} s or more. Leave out what makes the run shorter.`,
    )
  }
  return options
}

/** Less says too little for a page that people decide by. */
const docs = { rounds: 3, seconds: 1 }

function isWhole(options: Options): boolean {
  return (
    options.targets.length === targets.length &&
    options.workloads.length === workloads.length &&
    options.sections.length === sections.length &&
    options.rounds >= docs.rounds &&
    Math.min(options.seconds, options.warmUpSeconds) >= docs.seconds
  )
}

function named<T extends { readonly name: string }>(
  option: string,
  all: readonly T[],
  text: string | undefined,
): readonly T[] {
  if (text === undefined) return all
  const names = text.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !all.some((one) => one.name === name))
  if (unknown !== undefined) {
    throw new Error(`--${option}: "${unknown}" is none of ${all.map(({ name }) => name).join(', ')}`)
  }
  return all.filter(({ name }) => names.includes(name))
}

/** @throws Error when the text is none */
export function positive(option: string, text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`--${option}: "${text}" is not a positive number`)
  return value
}
