import { checkedTasks, type TimedTask } from './tasks.js'

/** Asked without an index it lists its tasks; with one it measures that task for a while. */
export interface SampleOrder {
  readonly index: number
  readonly milliseconds: number
}

const tasks = checkedTasks()
/** Keeps the last result of each run. */
let sink: unknown

process.on('message', (order: 'list' | SampleOrder) => {
  if (order === 'list') process.send!(tasks.map(({ task, contender, title }) => ({ task, contender, title })))
  else process.send!({ nanoseconds: sample(tasks[order.index]!, order.milliseconds) })
})
process.on('disconnect', () => process.exit(sink === process ? 1 : 0))
process.send!('ready')

/** Nanoseconds of one run, over runs that take about that long together. */
function sample({ run }: TimedTask, milliseconds: number): number {
  let runs = 0
  let batch = 1
  const begun = process.hrtime.bigint()
  const until = begun + BigInt(Math.round(milliseconds * 1e6))
  let now = begun
  while (now < until) {
    for (let index = 0; index < batch; index++) sink = run(index)
    runs += batch
    now = process.hrtime.bigint()
    // The clock is asked about a hundred times in all.
    if ((Number(now - begun) / runs) * batch < milliseconds * 1e4) batch *= 2
  }
  return Number(now - begun) / runs
}
