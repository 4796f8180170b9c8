export {
  Database,
  Queryable,
  Transaction,
  type QueryOptions,
  type QueryResult,
  type Row,
  type TransactionOptions,
} from './database.js'
export { DatabaseError, DatabaseUnavailableError, type DatabaseErrorDetails } from './errors.js'
export { PostgresConfig } from './postgres-config.js'
export { PostgresDatabase } from './postgres-database.js'
export { sql, Sql } from './sql.js'
