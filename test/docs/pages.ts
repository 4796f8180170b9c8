import { repositoryFiles } from '../helpers/repository.js'

const documentation = /^(?:(?:README|CONTRIBUTING)\.md|docs\/.+\.md|(?:packages|samples)\/[^/]+\/README\.md)$/

/** The Markdown files whose blocks are held to be true, relative to the repository. */
export function documentationPages(): readonly string[] {
  return repositoryFiles().filter((file) => documentation.test(file))
}
