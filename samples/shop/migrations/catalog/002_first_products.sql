insert into products (sku, name, price_cents, on_hand) values
  ('apples-1kg', 'Apples, 1 kg', 349, 200),
  ('bread-rye', 'Rye bread', 420, 80),
  ('coffee-500g', 'Coffee, 500 g', 899, 120),
  ('honey-250g', 'Honey, 250 g', 650, 40),
  ('tea-green', 'Green tea', 525, 60);
