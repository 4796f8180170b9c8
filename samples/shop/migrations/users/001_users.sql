create table users (
  id uuid primary key,
  email text not null unique,
  name text not null,
  status text not null default 'active' check (status in ('active', 'blocked')),
  created_at timestamptz not null default now()
);
