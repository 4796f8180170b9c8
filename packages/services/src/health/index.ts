export { HealthCheck, type HealthCheckOptions } from './health-check.js'
export { HealthConfig } from './health-config.js'
export { HealthController } from './health-controller.js'
export { Health, type CheckReport, type HealthReport, type HealthStatus } from './health.js'
