export { BodyLimit, BodyLimitConfig } from './body-limit.js'
