let descriptor: number | undefined

/**
 * Says that processes follow each other, as in development, or belong together, as those of a deployment on one machine. What is slow to
 * start may then outlive one of them and serve them all, as long as it ends with the lifeline.
 * @param fd  descriptor of a pipe that ends with whoever starts those processes
 */
export function useLifeline(fd: number): void {
  descriptor = fd
}

/** The descriptor to give to what outlives this process; undefined where nothing may. */
export function lifelineFd(): number | undefined {
  return descriptor
}
