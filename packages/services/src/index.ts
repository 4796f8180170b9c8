export { ConfigSync, ConfigSyncConfig } from './config-sync/index.js'
export { Health, HealthCheck, HealthConfig, HealthController } from './health/index.js'
export type { CheckReport, HealthCheckOptions, HealthReport, HealthStatus } from './health/index.js'
export { LoggerConfig, PinoLogger } from './logger/index.js'
export { Metrics, MetricsConfig, MetricsController } from './metrics/index.js'
export type { HistogramOptions, MetricOptions } from './metrics/index.js'
export { NatsConfig, NatsTlsConfig, NatsTransport } from './nats/index.js'
export {
  Database,
  DatabaseError,
  DatabaseUnavailableError,
  PostgresConfig,
  PostgresDatabase,
  Queryable,
  Sql,
  sql,
  Transaction,
} from './postgres/index.js'
export type { DatabaseErrorDetails, QueryResult, Row, TransactionOptions } from './postgres/index.js'
export { AppRoleConfig, VaultConfig, VaultSecrets } from './vault/index.js'
export {
  ConfiguredFeatureFlags,
  FeatureFlag,
  FeatureFlagConfig,
  FeatureFlagGate,
  FeatureFlags,
  FeatureFlagsConfig,
  FlagConfig,
  FlagRule,
  FlagTargeting,
  flagTenant,
  flagUser,
} from './feature-flags/index.js'
export type { FeatureFlagOptions, FlagTarget, FlagValue } from './feature-flags/index.js'
