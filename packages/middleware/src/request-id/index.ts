export { RequestId, RequestIdConfig } from './request-id.js'
