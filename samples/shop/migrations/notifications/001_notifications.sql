create table notifications (
  -- The order of writing, for those who read on from where they were
  position bigint generated always as identity unique,
  id text primary key,
  user_id uuid not null,
  kind text not null,
  text text not null,
  sent_at timestamptz not null default now()
);

create index notifications_by_user on notifications (user_id, position desc);
