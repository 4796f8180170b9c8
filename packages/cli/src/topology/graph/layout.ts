import type { DeployedServer, ExternalDescription, InjectionDescription } from '@lokstra/core'

import { startOrder } from '../start-order.js'
import { findPublishers } from './publishers.js'

/** Sizes in pixels, of a font whose characters are all as wide. */
export const size = { char: 7.3, line: 20, padding: 14, columnGap: 110, rowGap: 32, margin: 20 } as const

export interface Row {
  readonly text: string
  readonly kind: 'title' | 'address' | 'app' | 'service' | 'class'
  /** Middle of the text, from the top of the picture. */
  readonly y: number
}

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly rows: readonly Row[]
}

export interface Arrow {
  readonly from: readonly [x: number, y: number]
  readonly to: readonly [x: number, y: number]
  /** The arrow stays in one process. */
  readonly isLocal: boolean
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly boxes: readonly Box[]
  readonly arrows: readonly Arrow[]
}

/** The servers of one deployment in columns: what calls stands left of what it calls. */
export function layOut(servers: readonly DeployedServer[]): Layout {
  const columns = [...startOrder(servers)]
    .reverse()
    .map((column) => column.map((one) => ({ name: one.name, rows: rowsOf(one) })))
  const others = new Map(servers.flatMap(({ external }) => external.map((one) => [externalKey(one), one] as const)))
  if (others.size > 0) columns.push([...others].map(([name, one]) => ({ name, rows: rowsOfExternal(one) })))
  const boxes = new Map<string, Box>()
  let x: number = size.margin
  let height = 0
  for (const column of columns) {
    let y: number = size.margin
    const rows = column.map((one) => one.rows)
    const width = Math.max(...rows.flat().map(({ text }) => text.length)) * size.char + 2 * size.padding
    for (const [index, server] of column.entries()) {
      const own = rows[index]!
      const placed = own.map((row, number) => ({ ...row, y: y + size.padding + (number + 0.5) * size.line }))
      const box = { x, y, width, height: own.length * size.line + 2 * size.padding, rows: placed }
      boxes.set(server.name, box)
      y += box.height + size.rowGap
    }
    height = Math.max(height, y - size.rowGap + size.margin)
    x += width + size.columnGap
  }
  const width = Math.max(x - size.columnGap + size.margin, 2 * size.margin)
  return { width, height, boxes: [...boxes.values()], arrows: arrowsOf(servers, boxes) }
}

function rowsOf({ name, urls, apps, injections }: DeployedServer): readonly Omit<Row, 'y'>[] {
  const published = [...new Set(apps.flatMap(({ publishes }) => publishes))]
  const injecting = [...new Set(injections.map(({ into }) => into))].filter((into) => !published.includes(into))
  return [
    { text: name, kind: 'title' },
    ...urls.map((text) => ({ text, kind: 'address' as const })),
    ...apps.map((app) => ({ text: `${app.name}  ${app.listen}`, kind: 'app' as const })),
    ...published.map((text) => ({ text, kind: 'service' as const })),
    ...injecting.map((text) => ({ text, kind: 'class' as const })),
  ]
}

function rowsOfExternal({ service, urls }: ExternalDescription): readonly Omit<Row, 'y'>[] {
  return [{ text: service, kind: 'service' }, ...urls.map((text) => ({ text, kind: 'address' as const }))]
}

/** The same for all servers that call it at the same addresses; no name of a server. */
function externalKey({ service, urls }: ExternalDescription): string {
  return ['external', service, ...urls].join(' ')
}

function arrowsOf(servers: readonly DeployedServer[], boxes: ReadonlyMap<string, Box>): readonly Arrow[] {
  return servers.flatMap((server) =>
    server.injections.flatMap(({ into, service, mode }) =>
      targetsOf(servers, server, { service, mode }).flatMap((publisher): readonly Arrow[] => {
        const [from, to] = [boxes.get(server.name)!, boxes.get(publisher)!]
        const [start, end] = [rowOf(from, into), rowOf(to, service)]
        return start === undefined || end === undefined ? [] : [arrowBetween(from, start, to, end)]
      }),
    ),
  )
}

/** Names of the boxes that an injection leads to. */
function targetsOf(
  servers: readonly DeployedServer[],
  own: DeployedServer,
  { service, mode }: Pick<InjectionDescription, 'service' | 'mode'>,
): readonly string[] {
  if (mode !== 'external') return findPublishers(servers, own, { service, mode })
  return own.external.filter((one) => one.service === service).map(externalKey)
}

function arrowBetween(from: Box, start: number, to: Box, end: number): Arrow {
  if (from === to) return { from: [from.x + from.width, start], to: [to.x + to.width, end], isLocal: true }
  const isLeftward = from.x >= to.x
  return {
    from: [isLeftward ? from.x : from.x + from.width, start],
    to: [isLeftward && from.x > to.x ? to.x + to.width : to.x, end],
    isLocal: false,
  }
}

function rowOf({ rows }: Box, text: string): number | undefined {
  return rows.find((row) => row.text === text && (row.kind === 'service' || row.kind === 'class'))?.y
}
