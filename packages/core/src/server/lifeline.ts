let descriptor: number | undefined

/**
 * Says that processes of this server follow each other, as in development. What is slow to start may then outlive a process, as long as
 * it ends with the lifeline.
 * @param fd  descriptor of a pipe that ends with whoever starts those processes
 */
export function useLifeline(fd: number): void {
  descriptor = fd
}

/** The descriptor to give to what outlives this process; undefined where nothing may. */
export function lifelineFd(): number | undefined {
  return descriptor
}
