import type { DeploymentDescription } from '@lokstra/core'

import { layOut, size, type Arrow, type Box, type Row } from './layout.js'

/** For light backgrounds, and for dark ones. */
const style = `
    svg { --ink: #1f2933; --paper: #ffffff; --line: #9aa5b1; --soft: #616e7c; --box: #f5f7fa; --call: #1d5fbf; background: var(--paper) }
    @media (prefers-color-scheme: dark) { svg { --ink: #e4e7eb; --paper: #14181d; --line: #52606d; --soft: #9aa5b1; --box: #1f2630; --call: #7fb3ff } }
    text { font: 12px ui-monospace, Menlo, Consolas, monospace; fill: var(--ink); dominant-baseline: central }
    .title { font-weight: 700 }
    .address, .app, .class { fill: var(--soft) }
    .service { fill: var(--call) }
    rect { fill: var(--box); stroke: var(--line); rx: 6px }
    path { fill: none; stroke: var(--call); stroke-width: 1.5 }
    path.local { stroke: var(--line); stroke-dasharray: 4 3 }
    marker path { fill: var(--call); stroke: none }`

/** Of the name above the servers of a deployment, where there are several. */
const titleHeight = 36

/** A picture of the servers as an SVG document, one deployment below the other. */
export function svgGraph(deployments: readonly DeploymentDescription[]): string {
  const titles = deployments.length > 1
  const parts: string[] = []
  let [width, height] = [0, 0]
  for (const { name, servers } of deployments) {
    const layout = layOut(servers)
    const top = height + (titles ? titleHeight : 0)
    if (titles) {
      parts.push(`<text class="title" x="${size.margin}" y="${height + titleHeight / 2 + 6}">${escaped(name)}</text>`)
    }
    parts.push(`<g transform="translate(0 ${top})">`)
    // Boxes over arrows: one that passes a server on its way goes behind it.
    parts.push(...[...layout.arrows.map(drawArrow), ...layout.boxes.map(drawBox)].map((line) => `  ${line}`), '</g>')
    // Arrows of one process bend out of its box.
    const room = layout.arrows.some(({ isLocal }) => isLocal) ? 50 : 0
    width = Math.max(width, Math.ceil(layout.width + room))
    height = top + Math.ceil(layout.height)
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="Servers and what they call">
  <style>${style}
  </style>
  <defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 L8 4 L0 8 z"/></marker></defs>
${parts.map((line) => `  ${line}\n`).join('')}</svg>
`
}

function drawBox({ x, y, width, height, rows }: Box): string {
  const rect = `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"/>`
  return `<g>${rect}${rows.map((row) => drawRow(row, x + size.padding)).join('')}</g>`
}

function drawRow({ text, kind, y }: Row, x: number): string {
  return `<text class="${kind}" x="${round(x)}" y="${round(y)}">${escaped(text)}</text>`
}

function drawArrow({ from: [x1, y1], to: [x2, y2], isLocal }: Arrow): string {
  const bend = isLocal || x1 === x2 ? 40 : Math.max(40, Math.abs(x2 - x1) / 2)
  const [c1, c2] = isLocal ? [x1 + bend, x2 + bend] : x2 >= x1 ? [x1 + bend, x2 - bend] : [x1 - bend, x2 + bend]
  const d = `M${round(x1)} ${round(y1)} C${round(c1)} ${round(y1)} ${round(c2)} ${round(y2)} ${round(x2)} ${round(y2)}`
  return `<path${isLocal ? ' class="local"' : ''} d="${d}" marker-end="url(#tip)"/>`
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)
}
