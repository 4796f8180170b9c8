import { spreadOf } from '../harness/statistics.js'
import { baseline, targetTitle } from '../targets.js'
import { workloads } from '../workloads.js'
import { Analysis } from './analysis.js'
import type { Results } from './results.js'

const width = 960
const plot = { left: 44, right: 948, top: 76, bottom: 352 }
const gap = 22

/** Colours that people with any kind of colour vision tell apart, on white and on black (Okabe and Ito). */
const colours: Readonly<Record<string, string>> = {
  lokstra: '#0072b2',
  fastify: '#009e73',
  hono: '#e69f00',
  express: '#8c8c8c',
  'nest-fastify': '#d55e00',
  'nest-express': '#cc79a7',
}

interface Bar {
  readonly target: string
  readonly ratio: number
}

/** Requests per second as a ratio to the hand-written server: a group of bars for each workload. */
export function toChart(results: Results): string {
  const analysis = new Analysis(results)
  const targets = analysis.targets.filter((target) => target !== baseline)
  const groups = analysis.workloads.map((workload) => ({
    title: workloads.find(({ name }) => name === workload)?.title ?? workload,
    bars: targets.flatMap((target): Bar[] => {
      const values = analysis.rate('requestsPerSecond', workload, target)
      return values ? [{ target, ratio: spreadOf(values).median }] : []
    }),
  }))
  const highest = Math.max(1, ...groups.flatMap(({ bars }) => bars.map(({ ratio }) => ratio)))
  const top = Math.ceil(highest * 5 + 0.2) / 5
  const y = (ratio: number) => plot.bottom - (ratio / top) * (plot.bottom - plot.top)
  const groupWidth = (plot.right - plot.left) / groups.length
  const drawn = groups.map(({ title, bars }, index) =>
    group(title, bars, plot.left + index * groupWidth, groupWidth, y),
  )
  const description = groups.map(
    ({ title, bars }) =>
      `${title}: ${bars.map(({ target, ratio }) => `${targetTitle(target)} ${ratio.toFixed(2)}`).join(', ')}.`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} 404" role="img" aria-labelledby="title description">
<title id="title">Requests per second against a hand-written node:http server</title>
<desc id="description">Medians; 1.00 is the hand-written server. ${escape(description.join(' '))}</desc>
<style>
  text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #24292f }
  .heading { font-size: 15px; font-weight: 600 }
  .value { font-weight: 600 }
  .grid { stroke: #d0d7de; stroke-width: 1 }
  .one { stroke: #24292f; stroke-width: 1.5; stroke-dasharray: 5 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .grid { stroke: #3d444d }
    .one { stroke: #e6edf3 }
  }
  .value { fill: #fff }
</style>
<text class="heading" x="${plot.left}" y="20">Requests per second; 1.0 is node:http by hand</text>
${legend(targets)}
${grid(top, y)}
${drawn.join('\n')}
</svg>
`
}

function legend(targets: readonly string[]): string {
  let x = plot.left
  return targets
    .map((target) => {
      const title = targetTitle(target)
      const entry = `<rect x="${x}" y="34" width="12" height="12" rx="2" fill="${colourOf(target)}"/><text x="${x + 17}" y="44">${escape(title)}</text>`
      x += 36 + title.length * 7
      return entry
    })
    .join('\n')
}

function grid(top: number, y: (ratio: number) => number): string {
  const lines = Array.from({ length: Math.round(top * 5) + 1 }, (_, index) => index / 5)
  return lines
    .map((ratio) => {
      const at = round(y(ratio))
      const kind = ratio === 1 ? 'one' : 'grid'
      return `<line class="${kind}" x1="${plot.left}" y1="${at}" x2="${plot.right}" y2="${at}"/><text x="${plot.left - 8}" y="${at + 4}" text-anchor="end">${ratio.toFixed(1)}</text>`
    })
    .join('\n')
}

function group(
  title: string,
  bars: readonly Bar[],
  left: number,
  groupWidth: number,
  y: (ratio: number) => number,
): string {
  const barWidth = (groupWidth - gap) / Math.max(1, bars.length)
  const rects = bars.map(({ target, ratio }, index) => {
    const x = left + gap / 2 + index * barWidth
    const rect = `<rect x="${round(x)}" y="${round(y(ratio))}" width="${round(barWidth - 2)}" height="${round(plot.bottom - y(ratio))}" fill="${colourOf(target)}"><title>${escape(`${title}, ${targetTitle(target)}: ${ratio.toFixed(2)}`)}</title></rect>`
    if (target !== 'lokstra') return rect
    // Upright in the bar, where no neighbour is in the way.
    const foot = `translate(${round(x + (barWidth - 2) / 2 + 4)} ${plot.bottom - 6}) rotate(-90)`
    return `${rect}<text class="value" transform="${foot}">${ratio.toFixed(2)}</text>`
  })
  const middle = round(left + groupWidth / 2)
  const lines = wrap(title).map(
    (line, index) =>
      `<text x="${middle}" y="${plot.bottom + 18 + index * 15}" text-anchor="middle">${escape(line)}</text>`,
  )
  return [...rects, ...lines].join('\n')
}

function colourOf(target: string): string {
  return colours[target] ?? '#56b4e9'
}

/** Lines of about 16 characters. */
function wrap(text: string): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && `${last} ${word}`.length <= 17) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
