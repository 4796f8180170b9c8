/// <reference types="reflect-metadata" preserve="true" />
import { createRequire } from 'node:module'

// Adds `Reflect.getMetadata` and its like. Not `import`, which parses CommonJS for its exports first: 10 ms for this file.
createRequire(import.meta.url)('reflect-metadata')
