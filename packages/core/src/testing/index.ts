export { createTestServer, override, TestServer, type TestServerOptions } from './create-test-server.js'
export { disposeTestServers } from './disposal.js'
export { type LogLine } from './memory-logger.js'
export { type InjectOptions, type TestResponse } from './inject.js'
