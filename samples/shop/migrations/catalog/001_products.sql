create table products (
  sku text primary key,
  name text not null,
  price_cents integer not null check (price_cents > 0),
  -- What is in the warehouse, and how much of that belongs to orders that are not confirmed yet.
  on_hand integer not null default 0 check (on_hand >= 0),
  reserved integer not null default 0 check (reserved between 0 and on_hand)
);

create table deliveries (
  id uuid primary key,
  sku text not null references products,
  quantity integer not null check (quantity > 0),
  received_at timestamptz not null default now()
);

create table reservations (
  order_id uuid primary key,
  state text not null check (state in ('reserved', 'confirmed', 'released')),
  -- [{ "sku": "…", "quantity": 1 }], sorted by sku; empty when it was released before it was made
  lines jsonb not null,
  changed_at timestamptz not null default now()
);
