/** What a project starts as: a folder of `templates`, laid over `templates/shared`. */
export const templates = {
  minimal: 'one controller, one service, no database',
  api: 'resources in Postgres: embedded database, migrations, create, read, update, delete',
  microservices: 'two services from one build, in one process or in two',
} as const

export type TemplateName = keyof typeof templates

export const templateNames = Object.keys(templates) as readonly TemplateName[]
