import './decorators/reflect-metadata.js'

// What users write on classes
export { Inject, Service, type Lifetime, type ServiceOptions } from './decorators/service.js'
export {
  AfterResponse,
  OnConfigReload,
  OnReady,
  OnStart,
  OnStop,
  type ConfigReloadOptions,
  type HookOptions,
} from './decorators/lifecycle.js'
export {
  Module,
  type Capabilities,
  type ModuleClass,
  type ModuleOptions,
  type ModuleRegistry,
} from './decorators/module.js'
export {
  All,
  Delete,
  Get,
  Handler,
  Head,
  Options,
  Patch,
  Post,
  Put,
  Route,
  type HttpVerb,
  type OperationOptions,
  type RouteOptions,
} from './decorators/route.js'
export {
  Body,
  Cookie,
  Duration,
  Field,
  Header,
  Path,
  Query,
  Size,
  type FieldOptions,
  type Source,
} from './decorators/binding.js'
export { maxTimerMs } from './promises/max-timer-ms.js'
export {
  Middleware,
  type MiddlewareOptions,
  type MiddlewareRecord,
  type MiddlewareRef,
} from './decorators/middleware.js'
export { Returns, stream, Throws, type ReturnedType, type StreamOf } from './decorators/outcomes.js'
export { type AbstractClass, type Class } from './decorators/metadata.js'

// Requests and responses
export {
  Context,
  stateKey,
  type AppScope,
  type InputLimits,
  type Principal,
  type RouteScope,
  type StateKey,
} from './context/context.js'
export { type ClientCertificate } from './context/client-certificate.js'
export { type QueryValues } from './context/query.js'
export {
  Result,
  quoteEtag,
  type CookieOptions,
  type FileOptions,
  type Paging,
  type ResultBody,
  type StreamSource,
} from './response/result.js'
export {
  type ErrorPayload,
  type Formatted,
  type FormattedText,
  type FormattedValue,
  type Formatter,
  type SuccessPayload,
} from './response/formatters/formatter.js'
export { UpgradeResponse } from './response/upgrade-response.js'
export {
  BadGatewayError,
  BadRequestError,
  ConflictError,
  ForbiddenError,
  GatewayTimeoutError,
  GoneError,
  HttpError,
  InternalError,
  MethodNotAllowedError,
  NotAcceptableError,
  NotFoundError,
  NotImplementedError,
  PayloadTooLargeError,
  PreconditionFailedError,
  RequestTimeoutError,
  ServiceUnavailableError,
  TooManyRequestsError,
  UnauthorizedError,
  UnprocessableError,
  UnsupportedMediaTypeError,
  ValidationError,
  type FieldError,
  type HttpErrorOptions,
} from './errors/http-error.js'
export { validate, validateOrReject, validateSync } from './validation/validate.js'
export { bind, bindAsync, type BindOptions } from './binding/bind.js'

// Transactions
export { Transactional } from './transactions/transactional.js'
export { type TransactionalOptions } from './transactions/run-transactional.js'
export { joinTransaction, runAsOpenWork, runInSavepoint, withoutTransaction } from './transactions/join-transaction.js'
export {
  transactionalResource,
  type Isolation,
  type TransactionPart,
  type TransactionSettings,
} from './transactions/transactional-resource.js'
export { currentContext, runOutsideScopes } from './context/work-scope.js'

// Services, middleware and mounts
export { factory, type FactoryOptions, type ServiceRegistration, type Token } from './container/service-definition.js'
export { type MiddlewareFunction, type MiddlewareHandler, type Next } from './middleware/middleware.js'
export { beginItems } from './response/begin-items.js'
export { isThenable } from './promises/is-thenable.js'
export { type Mount } from './mounts/mount.js'
export { LeveledLogger } from './logging/leveled-logger.js'
export { Logger, type LogFields, type LogLevel } from './logging/logger.js'
export { defaultRedaction, Redaction } from './logging/redaction.js'
export { secretMask, type SecretMask } from './secrecy/secret-mask.js'
export { secretNames } from './secrecy/secret-names.js'

// Servers
export { Lokstra, type RunOptions } from './lokstra.js'
export { createServer, Server, type StartOptions } from './server/server.js'
export {
  type AppOptions,
  type ConfiguredModule,
  type GroupOptions,
  type GroupRoute,
  type ServerOptions,
} from './server/server-options.js'
export { ServerRuntime, type ServerPhase, type StartedService } from './server/server-runtime.js'
export { type Entrance, type EntranceRequest } from './server/entrance.js'
export { type ConfigChange, type ReloadOptions, type ReloadReport } from './reload/reload-report.js'

// Services of other servers
export {
  CallTransport,
  TransportError,
  type CallConnection,
  type CallHandler,
  type CallRequest,
  type CallResponse,
  type SendOptions,
  type TransportFailure,
} from './calls/call-transport.js'
export { CallExchange, type ExchangeLimits } from './calls/call-exchange.js'
export { isStreamAnswer } from './calls/stream-answer.js'
export { external } from './calls/external.js'
export { type CallPolicy } from './calls/client/call-policy.js'
export { RemoteCallError, type RemoteCallCode, type RemoteCallDetails } from './calls/remote-call-error.js'
export {
  latencyBoundsMs,
  type BreakerState,
  type CallOutcome,
  type EndpointState,
  type MethodStatistics,
  type TargetState,
} from './calls/client/call-statistics.js'

// Configuration
export { type Configuration, type LayerExplanation, type ValueExplanation } from './config/view/configuration.js'
export { type LayerName } from './config/layers/config-layer.js'
export { ConfigSource } from './config/layers/config-source.js'
export { configFromPaths } from './config/layers/config-from-paths.js'
export { SecretError, SecretProvider, type SecretContext } from './config/secrets/secret-provider.js'
export { type SchemaOptions } from './config/schema/config-schema.js'
export { type ConfigCheck } from './assembly/check-config.js'

// Contracts, for what is made from them
export {
  type AppOperations,
  type DeclaredError,
  type Operation,
  type OperationNotes,
  type OutputPlan,
} from './contract/operation.js'
export { type InputField, type InputPlan } from './contract/input-plan.js'
export {
  type FieldNotes,
  type FieldPlan,
  type ObjectPlan,
  type Transform,
  type TransformParameters,
} from './contract/object-plan.js'
export { type CollectionType, type ObjectType, type UnionType, type ValueType } from './contract/value-type.js'
export { type PathSegment } from './contract/path-pattern.js'
export { type DeclaredRule, type RuleArguments } from './validation/rules.js'
export { type Serializer } from './response/compile-serializer.js'
export { describeContracts } from './compatibility/describe-contracts.js'
export { compareContracts } from './compatibility/compare-contracts.js'
export { readContracts } from './compatibility/read-contracts.js'
export { type ContractChange, type ContractChangeKind } from './compatibility/contract-change.js'
export {
  type Contracts,
  type ErrorContract,
  type FieldContract,
  type InputFieldContract,
  type ObjectContract,
  type OperationContract,
  type OutputContract,
  type RuleContract,
  type ServiceContract,
  type TypeContract,
} from './compatibility/contract.js'

// What a server tells of itself
export { type AppRoutes, type DescribeOptions, type RouteSummary } from './routing/print-routes.js'
export {
  type InjectedService,
  type InjectionCandidate,
  type InjectionExplanation,
  type InjectionTree,
} from './assembly/explain-injection.js'
export {
  type AppDescription,
  type ExternalDescription,
  type InjectionDescription,
  type ServerDescription,
} from './assembly/describe-server.js'
export {
  checkTopology,
  describeTopology,
  type DeploymentDescription,
  type DeployedServer,
  type TopologyCheck,
  type TopologyNote,
  type TopologyProblem,
} from './topology/describe-topology.js'
export { type DeploymentNames } from './config/layers/list-deployments.js'
export { type AttachedMiddleware, type ExplainedRoute, type RouteExplanation } from './assembly/explain-route.js'
export { lifelineFd, useLifeline } from './server/lifeline.js'
export { importedOffers } from './discovery/package-manifests.js'

// Errors for developers
export { LokstraError, defineError, lokstraError, type ErrorDefinition } from './errors/lokstra-error.js'
export { BootError } from './errors/boot-error.js'
export { readBootProblems, type BootProblem } from './errors/boot-problems.js'
export { describeBootFailure, type DescribeFailureOptions } from './errors/describe-boot-failure.js'
export { hasColors } from './errors/paint.js'
export { writtenDuration } from './contract/written-units.js'
export { captureSite, type CallSite } from './errors/call-site.js'
export { didYouMean } from './errors/did-you-mean.js'
