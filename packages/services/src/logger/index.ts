export { LoggerConfig, defaultRedaction } from './logger-config.js'
export { PinoLogger } from './pino-logger.js'
