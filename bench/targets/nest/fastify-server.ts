import 'reflect-metadata'

import type { AddressInfo } from 'node:net'

import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'

import { bodyLimitBytes } from '../../sample/limits.js'
import { AppModule } from './app-module.js'
import { configure } from './configure.js'
import { announce } from '../serve.js'

const adapter = new FastifyAdapter({ bodyLimit: bodyLimitBytes })
const app = await NestFactory.create<NestFastifyApplication>(AppModule, adapter)
configure(app)
await app.listen(0, '127.0.0.1')
announce((app.getHttpServer().address() as AddressInfo).port)
