import 'reflect-metadata'

import type { AddressInfo } from 'node:net'

import { NestFactory } from '@nestjs/core'
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express'

import { bodyLimitBytes } from '../../sample/limits.js'
import { AppModule } from './app-module.js'
import { configure } from './configure.js'
import { announce } from '../serve.js'

// Only the parser that is needed. Nest's types call its options a class, its documentation an object.
// eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
const app = await NestFactory.create<NestExpressApplication>(AppModule, new ExpressAdapter(), { bodyParser: false })
app.useBodyParser('json', { limit: bodyLimitBytes })
app.disable('x-powered-by')
app.disable('etag')
configure(app)
const server = await app.listen(0, '127.0.0.1')
announce((server.address() as AddressInfo).port)
