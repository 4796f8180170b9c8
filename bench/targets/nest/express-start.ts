import 'reflect-metadata'

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'

import { announce } from '../serve.js'
import { configure } from './configure.js'
import { StartModule } from './start-module.js'

const app = await NestFactory.create(StartModule, new ExpressAdapter())
configure(app)
const server = (await app.listen(0, '127.0.0.1')) as Server
announce((server.address() as AddressInfo).port)
