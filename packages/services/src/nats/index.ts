export { NatsConfig, NatsTlsConfig } from './nats-config.js'
export { NatsTransport } from './nats-transport.js'
