export { createTestServer, override, TestServer, type LogLine, type TestServerOptions } from './create-test-server.js'
export { disposeTestServers } from './disposal.js'
export { type InjectOptions, type TestResponse } from './inject.js'
