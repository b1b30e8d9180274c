export const panels = [{ id: "counter", name: "Counter", component: { template: "<p>1</p>" } }];
