export const hooks = [{ name: "stamps", config: ({ filter }) => filter("items.create", (item) => ({ ...item, stamped: true })) }];
export const endpoints = [];
export const operations = [];
