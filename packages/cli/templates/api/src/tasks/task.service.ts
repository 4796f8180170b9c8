import { NotFoundError, Service } from '@lokstra/core'
import { Database, sql } from '@lokstra/services/postgres'

import type { CreateTask, ListTasks, UpdateTask } from './task.dto.js'
import type { Task } from './task.js'

const columns = sql`id, title, done, created_at as "createdAt", updated_at as "updatedAt"`

@Service()
export class TaskService {
  constructor(private readonly db: Database) {}

  async list({ page, size, done }: ListTasks): Promise<{ tasks: Task[]; total: number }> {
    const where = done === undefined ? sql.empty : sql`where done = ${done}`
    const [tasks, { total }] = await Promise.all([
      this.db.many<Task>(
        sql`select ${columns} from tasks ${where} order by id limit ${size} offset ${(page - 1) * size}`,
      ),
      this.db.one<{ total: number }>(sql`select count(*) as total from tasks ${where}`),
    ])
    return { tasks, total }
  }

  async find(id: number): Promise<Task> {
    return found(id, await this.db.maybeOne<Task>(sql`select ${columns} from tasks where id = ${id}`))
  }

  create({ title }: CreateTask): Promise<Task> {
    return this.db.one<Task>(sql`insert into tasks (title) values (${title}) returning ${columns}`)
  }

  async update({ id, title, done }: UpdateTask): Promise<Task> {
    const task = await this.db.maybeOne<Task>(sql`
      update tasks
      set title = coalesce(${title}, title), done = coalesce(${done}, done), updated_at = now()
      where id = ${id}
      returning ${columns}`)
    return found(id, task)
  }

  async remove(id: number): Promise<void> {
    found(id, await this.db.maybeOne(sql`delete from tasks where id = ${id} returning id`))
  }
}

function found<T>(id: number, task: T | undefined): T {
  if (task === undefined) throw new NotFoundError(`There is no task ${id}`)
  return task
}
