import { Context, Delete, Get, NotFoundError, Patch, Post, Returns, Route, Throws, type Result } from '@lokstra/core'

import { CreateTask, ListTasks, TaskId, UpdateTask } from './task.dto.js'
import { Task } from './task.js'
import { TaskService } from './task.service.js'

@Route('/tasks')
export class TaskController {
  constructor(private readonly tasks: TaskService) {}

  @Get({ summary: 'Tasks, page by page' })
  @Returns([Task])
  async list(query: ListTasks, ctx: Context): Promise<Result> {
    const { tasks, total } = await this.tasks.list(query)
    return ctx.page(tasks, { page: query.page, size: query.size, total })
  }

  @Post()
  @Returns(Task, 201)
  async create(input: CreateTask, ctx: Context): Promise<Result> {
    const task = await this.tasks.create(input)
    return ctx.created(task).withHeader('location', `/tasks/${task.id}`)
  }

  @Get('/:id')
  @Returns(Task)
  @Throws(NotFoundError)
  show({ id }: TaskId): Promise<Task> {
    return this.tasks.find(id)
  }

  @Patch('/:id')
  @Returns(Task)
  @Throws(NotFoundError)
  update(input: UpdateTask): Promise<Task> {
    return this.tasks.update(input)
  }

  @Delete('/:id')
  @Returns(undefined, 204)
  @Throws(NotFoundError)
  remove({ id }: TaskId): Promise<void> {
    return this.tasks.remove(id)
  }
}
