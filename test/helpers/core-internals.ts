/**
 * A compiled module of core that has no public door, for tests that compare two ways to one result, and for what fails on the way, which
 * cannot be brought about from outside. All else is tested as applications meet it. Types come from the same file with `import type`.
 * @param file  below `packages/core/dist`, such as `routing/router.js`
 */
export function load<T>(file: string): Promise<T> {
  return import(new URL(`../../../packages/core/dist/${file}`, import.meta.url).href) as Promise<T>
}
