export { RequestLogger, RequestLoggerConfig } from './request-logger.js'
