/** Notified with the name of each server whose values changed, or with {@link everyServer}. */
export const channel = 'lokstra_config'

/** Stands for all servers: the values of a server lie over these. */
export const everyServer = '*'

/** Any constant does, as long as every process uses the same: the first 32 bits of the SHA-256 of `lokstra_config`. */
export const schemaLock = 325_778_803

export const schema = `
create table if not exists lokstra_config (
  server text not null,
  path text not null,
  value jsonb not null,
  changed_at timestamptz not null default now(),
  primary key (server, path)
);

create or replace function lokstra_config_changed() returns trigger language plpgsql as $$
begin
  -- A value may go from one server to another. Of two that are the same one is delivered; of a truncated table there are no rows.
  perform pg_notify('${channel}', coalesce(new.server, old.server, '${everyServer}'));
  perform pg_notify('${channel}', coalesce(old.server, new.server, '${everyServer}'));
  return null;
end $$;

create or replace trigger lokstra_config_changed after insert or update or delete on lokstra_config
  for each row execute function lokstra_config_changed();

create or replace trigger lokstra_config_truncated after truncate on lokstra_config
  for each statement execute function lokstra_config_changed();

create or replace function lokstra_config_set(server text, path text, value jsonb) returns void language sql as $$
  insert into lokstra_config values ($1, $2, $3)
  on conflict on constraint lokstra_config_pkey do update set value = excluded.value, changed_at = now();
$$;

create or replace function lokstra_config_unset(server text, path text) returns void language sql as $$
  delete from lokstra_config c where c.server = $1 and c.path = $2;
$$;
`
