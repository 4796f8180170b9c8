import {
  Context,
  Delete,
  Get,
  NotFoundError,
  Patch,
  Post,
  PreconditionFailedError,
  Returns,
  Route,
  Throws,
  type Result,
} from '@lokstra/core'

import { CreateTodo, ListTodos, TodoId, UpdateTodo } from './todo.dto.js'
import { TodoService } from './todo.service.js'
import { Todo } from './todo.js'

@Route('/todos')
export class TodoController {
  constructor(private readonly todos: TodoService) {}

  @Get({ summary: 'Todos, page by page' })
  @Returns([Todo])
  async list(query: ListTodos, ctx: Context): Promise<Result> {
    const { todos, total } = await this.todos.list(query)
    return ctx.page(todos, { page: query.page, size: query.size, total })
  }

  @Post()
  @Returns(Todo, 201)
  async create(input: CreateTodo, ctx: Context): Promise<Result> {
    const todo = await this.todos.create(input)
    return ctx
      .created(todo)
      .withMessage('Todo created')
      .withHeader('location', `/todos/${todo.id}`)
      .withEtag(etag(todo))
  }

  @Get('/:id')
  @Returns(Todo)
  @Throws(NotFoundError)
  async show({ id }: TodoId, ctx: Context): Promise<Result> {
    const todo = await this.todos.find(id)
    return ctx.ok(todo).withEtag(etag(todo))
  }

  @Patch('/:id')
  @Returns(Todo)
  @Throws(NotFoundError, PreconditionFailedError)
  async update(input: UpdateTodo, ctx: Context): Promise<Result> {
    const todo = await this.todos.update(input.id, input, (current) => ctx.assertMatch(etag(current)))
    return ctx.ok(todo).withEtag(etag(todo))
  }

  @Delete('/:id')
  @Returns(undefined, 204)
  @Throws(NotFoundError, PreconditionFailedError)
  async remove({ id }: TodoId, ctx: Context): Promise<void> {
    await this.todos.remove(id, (current) => ctx.assertMatch(etag(current)))
  }
}

function etag(todo: Todo): string {
  return String(todo.version)
}
