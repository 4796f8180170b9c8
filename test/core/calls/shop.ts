import {
  Body,
  ConflictError,
  Context,
  Field,
  Get,
  NotFoundError,
  Path,
  Post,
  Query,
  Returns,
  Route,
  Service,
  Throws,
  type ServerOptions,
} from '@lokstra/core'
import { createTestServer, type TestServer, type TestServerOptions } from '@lokstra/core/testing'
import { IsInt, IsOptional, IsString, Length } from 'class-validator'

export class UserId {
  @Path() @IsInt() id!: number
  @Query() @IsOptional() @IsString() view?: string
}

export class User {
  @Field() id!: number
  @Field() name!: string
  @Field() since!: Date
}

export class NewUser {
  @Body() @Length(1, 20) name!: string
}

export class UserUnknownError extends NotFoundError {
  constructor(id = 0) {
    super(`There is no user ${id}`, { code: 'USER_UNKNOWN', details: { id } })
  }
}

/** What a call hands on, as the other side sees it. */
export class Seen {
  @Field() requestId!: string
  @Field() tenant?: string
  @Field() principal?: string
  @Field() locale?: string
  @Field() remainingMs?: number
  @Field() headers!: string
}

@Service()
@Route('/users')
export class UserService {
  static constructed = 0
  /** What {@link byId} was called with. */
  static readonly seenIds: number[] = []
  readonly cache = new Map<number, User>()

  constructor() {
    UserService.constructed++
  }

  @Get('/:id')
  @Returns(User)
  @Throws(UserUnknownError)
  async byId({ id, view }: UserId): Promise<User> {
    UserService.seenIds.push(id)
    if (id === 404) throw new UserUnknownError(id)
    if (id === 500) throw new Error('the database is on fire')
    return Object.assign(new User(), { id, name: view ?? 'Ada', since: new Date(Date.UTC(2020, 0, id)) })
  }

  @Post()
  @Returns(User, 201)
  async register({ name }: NewUser): Promise<User> {
    if (name === 'taken') throw new ConflictError('The name is taken')
    return Object.assign(new User(), { id: 1, name, since: new Date(0) })
  }

  @Post('/seen')
  @Returns(Seen)
  async seen(ctx: Context): Promise<Seen> {
    const { requestId, tenant, principal, locale } = ctx
    const headers = JSON.stringify(ctx.headers)
    return Object.assign(new Seen(), {
      requestId,
      tenant,
      principal: principal && JSON.stringify(principal),
      locale,
      remainingMs: ctx.remainingMs(),
      headers,
    })
  }

  secret(): string {
    return 'not an operation'
  }
}

@Route('/orders')
export class OrderController {
  constructor(private readonly users: UserService) {}

  @Get('/of/:id') async of({ id, view }: UserId) {
    const user = await this.users.byId(Object.assign(new UserId(), { id, view }))
    return {
      id: user.id,
      name: user.name,
      since: user.since,
      isUser: user instanceof User,
      isDate: user.since instanceof Date,
    }
  }

  @Get('/context') async context(ctx: Context) {
    ctx.tenant = 'acme'
    ctx.principal = { id: 'u1', roles: ['admin'] }
    ctx.locale = 'de-AT'
    return { seen: await this.users.seen(ctx), own: ctx.requestId }
  }

  @Get('/implicit') async implicit(ctx: Context) {
    ctx.tenant = 'implied'
    return this.users.seen(undefined as never)
  }

  /** With a name that is none. */
  @Get('/rename') rename() {
    return this.users.register({ name: '' })
  }

  /** Fails with an error that the operation does not declare. */
  @Get('/take') take() {
    return this.users.register({ name: 'taken' })
  }

  @Get('/member/:id') member() {
    return this.users.secret()
  }
}

export const code: ServerOptions = { services: [UserService] }

/** One deployment of two servers: `users` publishes, `orders` calls. */
export const deployments = {
  split: {
    servers: {
      users: { apps: [{ name: 'users', listen: '127.0.0.1:0', publish: ['UserService'] }] },
      orders: { apps: [{ name: 'orders', listen: '127.0.0.1:0' }] },
    },
  },
}

export interface Split {
  readonly users: TestServer
  readonly orders: TestServer
}

/** Both servers over sockets. */
export async function startSplit(options: TestServerOptions = {}): Promise<Split> {
  const users = await startUsers(options)
  return { users, orders: await startOrders([users.url()], options) }
}

export function startUsers({ config, ...options }: TestServerOptions = {}): Promise<TestServer> {
  return createTestServer({
    ...code,
    config: { deployments, ...config },
    server: 'split.users',
    listen: true,
    ...options,
  })
}

/** @param urls  of the servers that publish */
export function startOrders(
  urls: readonly string[],
  { config, set = [], ...options }: TestServerOptions = {},
): Promise<TestServer> {
  return createTestServer({
    ...code,
    config: { deployments, ...config },
    server: 'split.orders',
    set: [`deployments.split.servers.users.url=[${urls.join(', ')}]`, ...set],
    apps: [{ name: 'orders', controllers: [OrderController] }],
    listen: true,
    ...options,
  })
}
