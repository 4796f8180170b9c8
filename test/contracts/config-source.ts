import { setTimeout as delay } from 'node:timers/promises'

import type { ConfigSource } from '@lokstra/core'
import { expect } from 'chai'

/** A source, started, and the means to change what it gives. */
export interface OpenedSource extends AsyncDisposable {
  readonly source: ConfigSource
  /** Has it give these limits for the app `api`, or none. */
  set(limits: { readonly keys: number } | undefined): Promise<void>
}

/** What every source of the configuration keeps. */
export function describeConfigSource(name: string, open: () => Promise<OpenedSource>): void {
  const expected = (keys: number) => [{ apps: [{ name: 'api', limits: { keys } }] }]

  async function until(isSo: () => boolean): Promise<void> {
    for (let waited = 0; !isSo(); waited += 10) {
      if (waited > 10_000) throw new Error('Nobody told of the change')
      await delay(10)
    }
  }

  /** One object or several, without those that say nothing. */
  async function valuesOf(source: ConfigSource): Promise<readonly object[]> {
    return [await source.read()].flat().filter((values: object) => Object.keys(values).length > 0)
  }

  describe(`${name}, a source of the configuration`, () => {
    it('gives nothing when it has nothing to say', async () => {
      await using opened = await open()
      expect(await valuesOf(opened.source)).to.deep.equal([])
    })

    it('gives its values as a configuration is written, always the present ones', async () => {
      await using opened = await open()
      for (const keys of [1, 2]) {
        await opened.set({ keys })
        expect(await valuesOf(opened.source)).to.deep.equal(expected(keys))
      }
      await opened.set(undefined)
      expect(await valuesOf(opened.source)).to.deep.equal([])
    })

    it('gives objects of their own, which may be changed', async () => {
      await using opened = await open()
      await opened.set({ keys: 3 })
      const [first] = (await valuesOf(opened.source)) as ReturnType<typeof expected>
      first!.apps[0]!.limits.keys = 9
      expect(await valuesOf(opened.source)).to.deep.equal(expected(3))
    })

    it('tells of each change after it can be read, until it is told to end', async () => {
      await using opened = await open()
      const seen: unknown[] = []
      const end = await opened.source.watch(() => void valuesOf(opened.source).then((values) => seen.push(values)))
      for (const keys of [4, 5]) {
        await opened.set({ keys })
        await until(() => JSON.stringify(seen.at(-1)) === JSON.stringify(expected(keys)))
      }
      await end()
      const { length } = seen
      await opened.set({ keys: 6 })
      await delay(100)
      expect(seen).to.have.length(length)
    })

    it('tells several at once', async () => {
      await using opened = await open()
      let [first, second] = [0, 0]
      const ends = [await opened.source.watch(() => first++), await opened.source.watch(() => second++)]
      await opened.set({ keys: 7 })
      await until(() => first > 0 && second > 0)
      for (const end of ends) await end()
    })
  })
}
