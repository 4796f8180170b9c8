create table todos (
  id         bigint generated always as identity primary key,
  title      text not null check (char_length(title) between 1 and 200),
  done       boolean not null default false,
  due_at     timestamptz,
  tags       jsonb not null default '[]' check (jsonb_typeof(tags) = 'array'),
  version    integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
