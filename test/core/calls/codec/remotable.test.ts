import {
  All,
  Body,
  ConflictError,
  Context,
  Cookie,
  Delete,
  Get,
  Header,
  NotFoundError,
  Path,
  Post,
  Put,
  Query,
  Returns,
  Route,
  Service,
  stream,
  Throws,
  type Class,
  type ServerOptions,
} from '@lokstra/core'
import { Expose, Transform, Type } from 'class-transformer'
import { expect } from 'chai'

import { placeOf, problemOf } from '../../../helpers/boot-problems.js'
import { operationsOf } from '../../contract/contracts.js'
import { callOperation, inputHeaders, obstaclesOf } from './internals.js'

class User {
  id = 0
}
class UserId {
  @Path() id!: string
}

const remotableOf = async (controller: Class) => obstaclesOf(await operationsOf(controller))

describe('an operation of a published service', () => {
  it('can be called from another server when it declares all that a caller needs', async () => {
    class Node {
      @Type(() => Node) children: Node[] = []
      @Body({ type: () => Object }) data?: unknown
      @Expose() get size(): number {
        return this.children.length
      }
      @Expose() count(): number {
        return this.children.length
      }
    }
    @Route('/users')
    class Users {
      @Get('/:id')
      @Returns(User)
      async find(_id: UserId, _ctx: Context): Promise<User> {
        return Promise.resolve(new User())
      }
      @Delete('/:id')
      @Returns(undefined, 204)
      async remove(_id: UserId) {
        return
      }
      @Get()
      @Returns(stream(User))
      *list(): Generator<User> {
        yield new User()
      }
      @Post('/nodes')
      @Returns(Node)
      async grow(_node: Node): Promise<Node> {
        return Promise.resolve(new Node())
      }
    }
    expect(await remotableOf(Users)).to.deep.equal([])
  })

  it('returns a promise, and says of what', async () => {
    @Route()
    class Users {
      @Get('/a')
      @Returns(User)
      find(): User {
        return new User()
      }
      @Get('/b')
      async count(): Promise<number> {
        return Promise.resolve(1)
      }
      @Get('/c') guess() {
        return 1
      }
    }
    const slow = 'it does not return a promise, and an answer of another server takes time'
    const untold = 'nothing says what it returns'
    expect(await remotableOf(Users)).to.deep.equal([
      problem('Users.find', slow),
      problem('Users.count', untold),
      problem('Users.guess', slow),
      problem('Users.guess', untold),
    ])
  })

  it('has one place, since a caller names the method only', async () => {
    @Route()
    class Users {
      @Put('/:id')
      @Post()
      @Returns(undefined, 204)
      async save(_user: SaveUser): Promise<void> {
        return Promise.resolve()
      }
    }
    expect(await remotableOf(Users)).to.deep.equal([
      problem('Users.save', 'it has several operations, POST / and PUT /:id, and a caller names the method only'),
    ])
  })

  it('takes and gives what can be made again on the other side', async () => {
    class Money {
      toJSON(): string {
        return '1.00'
      }
    }
    class Line {
      @Body({ type: () => Object }) photo!: Buffer
    }
    class Upload {
      @Query() @Transform(({ value }) => new URL(value as string)) link!: URL
      @Body({ type: () => Line }) lines!: Line[]
    }
    class Price {
      @Type(() => Money) amount = new Money()
      @Expose() net: Money = new Money()
      @Type(() => Money) all: Money[] = []
    }
    @Route()
    class Files {
      @Post()
      @Returns(Price)
      async upload(_input: Upload): Promise<Price> {
        return Promise.resolve(new Price())
      }
      @Get()
      @Returns([Money])
      async prices(): Promise<Money[]> {
        return Promise.resolve([])
      }
    }
    expect(await remotableOf(Files)).to.deep.equal([
      problem('Files.upload', 'Price.amount is of the class Money, which cannot be made again from what is sent'),
      problem('Files.upload', 'Price.net is of the class Money, which cannot be made again from what is sent'),
      problem('Files.upload', 'Price.all is of the class Money, which cannot be made again from what is sent'),
      problem('Files.upload', 'Upload.link is of the class URL, which cannot be sent'),
      problem('Files.upload', 'Line.photo is of the class Buffer, which cannot be sent'),
      problem(
        'Files.prices',
        'it returns a class that says itself what it is written as, with toJSON, so that nothing can make one again',
      ),
    ])
  })

  it('fills each field from a place of its own', async () => {
    class Search {
      @Query('q') text?: string
      @Query('q') again?: string
    }
    @Route()
    class Users {
      @Get()
      @Returns([User])
      async search(_input: Search): Promise<User[]> {
        return Promise.resolve([])
      }
    }
    expect(await remotableOf(Users)).to.deep.equal([
      problem('Users.search', 'Search.text and Search.again are both filled from query q'),
    ])
  })

  it('declares errors that can be told apart', async () => {
    const Other = { NotFoundError: class extends ConflictError {} }.NotFoundError
    @Route()
    class Users {
      @Get()
      @Returns(User)
      @Throws(NotFoundError, Other)
      async find(): Promise<User> {
        return Promise.resolve(new User())
      }
    }
    expect(await remotableOf(Users)).to.deep.equal([
      problem('Users.find', 'two of the classes that it declares with @Throws are named "NotFoundError"'),
    ])
  })

  const deployments = {
    split: { servers: { users: { apps: [{ name: 'users', listen: ':3001', publish: ['Users'] }] } } },
  }
  const configurations: readonly [what: string, options: ServerOptions][] = [
    ['one process', { config: { apps: [{ name: 'api', publish: ['Users'] }] } }],
    ['a server that publishes it', { config: { deployments }, server: 'split.users' }],
    ['one process, where a deployment publishes it', { config: { deployments, apps: [{ name: 'api' }] } }],
  ]
  for (const [what, options] of configurations) {
    it(`is told at boot with its place and what to do: ${what}`, async () => {
      @Service()
      @Route('/users')
      class Users {
        @Get() // at: find
        @Returns(User)
        find(): User {
          return new User()
        }
      }
      const found = await problemOf({ services: [Users], ...options })
      expect(found).to.include({
        code: 'E_REMOTABLE',
        fix: 'Make it async, or declare that it returns a Promise. One that gives items one after another declares @Returns(stream(Item)).',
      })
      expect(found.where).to.deep.equal([placeOf(import.meta.url, 'find')])
    })
  }
})

class SaveUser {
  @Body() name?: string
}

function problem(operation: string, text: string): string {
  return `E_REMOTABLE ${operation} is published and cannot be called from another server: ${text}`
}

describe('the contract of a call', () => {
  it('has one path for all calls of a method, whatever they say', async () => {
    @Route('/users')
    class Users {
      @Get('/:id')
      @Returns(User)
      async find(_id: UserId): Promise<User> {
        return Promise.resolve(new User())
      }
      @All('/any')
      @Returns(User)
      async $any(): Promise<User> {
        return Promise.resolve(new User())
      }
    }
    const [find, any] = await operationsOf(Users)
    expect(callOperation(find!, 'users:main')).to.include({ verb: 'GET', path: '/.lokstra/calls/users.3a.main/find' })
    expect(callOperation(any!, 'Users')).to.include({ verb: 'POST', path: '/.lokstra/calls/Users/.24.any' })
    expect(callOperation(find!, 'Users')).to.equal(callOperation(find!, 'Users'))
  })

  it('names the headers that its input comes in', async () => {
    class Known {
      @Header('X-Shop') shop?: string
      @Cookie('Session') session?: string
      @Query() page?: number
    }
    @Route()
    class Users {
      @Get()
      @Returns(User)
      async find(_input: Known): Promise<User> {
        return Promise.resolve(new User())
      }
    }
    const [find] = await operationsOf(Users)
    expect(inputHeaders(callOperation(find!, 'Users'))).to.deep.equal([
      'lokstra-header-x-shop',
      'lokstra-cookie-.53.ession',
    ])
  })
})
