create index todos_created_at on todos (created_at, id);
create index todos_tags on todos using gin (tags jsonb_path_ops);
