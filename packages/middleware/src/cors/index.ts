export { Cors, CorsConfig } from './cors.js'
