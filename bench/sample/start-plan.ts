/** One of the operations that a start benchmark declares: a GET with a checked query or a POST with a checked body. */
export interface PlannedOperation {
  readonly verb: 'GET' | 'POST'
  readonly path: string
}

export interface PlannedController {
  readonly prefix: string
  readonly operations: readonly PlannedOperation[]
}

/** As many operations as the command line asks for, ten for each controller. */
export function plannedControllers(): readonly PlannedController[] {
  return Array.from({ length: Number(process.argv[2] ?? 0) / 10 }, (_unused, controller) => ({
    prefix: `/things-${controller}`,
    operations: Array.from({ length: 10 }, (_, index) => ({
      verb: index % 2 === 0 ? ('GET' as const) : ('POST' as const),
      path: `/operation-${index}`,
    })),
  }))
}

/** What each operation does with its checked input. */
export function answerWith(input: unknown) {
  return { input }
}
