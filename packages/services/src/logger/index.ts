export { LoggerConfig } from './logger-config.js'
export { PinoLogger } from './pino-logger.js'
