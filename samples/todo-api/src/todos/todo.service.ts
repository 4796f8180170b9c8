import { NotFoundError, Service, Transactional } from '@lokstra/core'
import { Database, sql, type Sql } from '@lokstra/services/postgres'

import type { CreateTodo, ListTodos, UpdateTodo } from './todo.dto.js'
import type { Todo, TodoOrder } from './todo.js'

const columns = sql`id, title, done, due_at as due, tags, version, created_at as "createdAt", updated_at as "updatedAt"`

/** The id makes the order of equals certain, so that pages neither repeat nor leave out. */
const orders: Readonly<Record<TodoOrder, Sql>> = {
  createdAt: sql`created_at, id`,
  '-createdAt': sql`created_at desc, id desc`,
  due: sql`due_at nulls last, id`,
  '-due': sql`due_at desc nulls last, id desc`,
  title: sql`lower(title), id`,
  '-title': sql`lower(title) desc, id desc`,
}

@Service()
export class TodoService {
  constructor(private readonly db: Database) {}

  async list({ page, size, done, tag, search, sort }: ListTodos): Promise<{ todos: Todo[]; total: number }> {
    const conditions = [
      done === undefined ? [] : sql`done = ${done}`,
      tag === undefined ? [] : sql`tags @> jsonb_build_array(jsonb_build_object('name', ${tag}::text))`,
      search === undefined ? [] : sql`strpos(lower(title), lower(${search})) > 0`,
    ].flat()
    const where = conditions.length > 0 ? sql`where ${sql.join(conditions, sql` and `)}` : sql.empty
    const offset = (page - 1) * size
    const [todos, { total }] = await Promise.all([
      this.db.many<Todo>(
        sql`select ${columns} from todos ${where} order by ${orders[sort]} limit ${size} offset ${offset}`,
      ),
      this.db.one<{ total: number }>(sql`select count(*) as total from todos ${where}`),
    ])
    return { todos, total }
  }

  async find(id: number): Promise<Todo> {
    return found(id, await this.db.maybeOne<Todo>(sql`select ${columns} from todos where id = ${id}`))
  }

  create({ title, due, tags }: CreateTodo): Promise<Todo> {
    return this.db.one<Todo>(sql`
      insert into todos (title, due_at, tags) values (${title}, ${due}, ${JSON.stringify(tags)})
      returning ${columns}`)
  }

  /** @param check  sees the todo before it is changed; no other request can change it meanwhile. What it throws changes nothing. */
  @Transactional()
  async update(id: number, changes: UpdateTodo, check: (todo: Todo) => void): Promise<Todo> {
    const todo = await this.#lock(id)
    check(todo)
    const { title = todo.title, done = todo.done, due = todo.due, tags = todo.tags } = changes
    return this.db.one<Todo>(sql`
      update todos
      set title = ${title}, done = ${done}, due_at = ${due}, tags = ${JSON.stringify(tags)},
          version = version + 1, updated_at = now()
      where id = ${id}
      returning ${columns}`)
  }

  /** @param check  as for `update` */
  @Transactional()
  async remove(id: number, check: (todo: Todo) => void): Promise<void> {
    check(await this.#lock(id))
    await this.db.query(sql`delete from todos where id = ${id}`)
  }

  /** Until the end of the transaction. */
  async #lock(id: number): Promise<Todo> {
    return found(id, await this.db.maybeOne<Todo>(sql`select ${columns} from todos where id = ${id} for update`))
  }
}

function found(id: number, todo: Todo | undefined): Todo {
  if (!todo) throw new NotFoundError(`There is no todo ${id}`)
  return todo
}
