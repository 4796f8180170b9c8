import 'reflect-metadata'

import type { AddressInfo } from 'node:net'

import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'

import { announce } from '../serve.js'
import { configure } from './configure.js'
import { StartModule } from './start-module.js'

const app = await NestFactory.create<NestFastifyApplication>(StartModule, new FastifyAdapter())
configure(app)
await app.listen(0, '127.0.0.1')
announce((app.getHttpServer().address() as AddressInfo).port)
