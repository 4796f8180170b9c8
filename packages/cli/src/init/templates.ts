/** What a project starts as: a folder of `templates`, laid over `templates/shared`. */
export const templates = {
  minimal: 'one controller, one service, no database',
  api: 'resources in Postgres: embedded database, migrations, create, read, update, delete',
} as const

export type TemplateName = keyof typeof templates

export const templateNames = Object.keys(templates) as readonly TemplateName[]
