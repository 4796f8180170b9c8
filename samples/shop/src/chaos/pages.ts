/** What clients read of the shop again and again, by the server that it comes from behind the gateway. */
export const pages: Readonly<Record<string, string>> = {
  users: '/users/me',
  catalog: '/products',
  orders: '/orders',
  notifications: '/notifications',
}
