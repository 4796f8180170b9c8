create table orders (
  id uuid primary key,
  customer_id uuid not null,
  tenant text not null,
  idempotency_key text not null,
  -- SHA-256 of what was ordered: one key cannot stand for two orders
  fingerprint text not null,
  status text not null default 'pending' check (status in ('pending', 'reserved', 'confirmed', 'cancelled')),
  reason text check ((status = 'cancelled') = (reason is not null)),
  -- [{ "sku": "…", "name": "…", "quantity": 1, "unitPriceCents": 1 }], as it was when the order was placed
  lines jsonb not null,
  total_cents bigint not null check (total_cents > 0),
  placed_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- When the reconciler looks at it next; null when nothing is left to do.
  due_at timestamptz,
  attempts integer not null default 0,
  unique (tenant, customer_id, idempotency_key)
);

create index orders_by_customer on orders (customer_id, placed_at desc, id);
create index orders_due on orders (due_at) where due_at is not null;
