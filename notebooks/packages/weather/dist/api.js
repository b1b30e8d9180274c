import { log, request } from "directus:api";

export default {
  id: "weather",
  handler: async ({ city, unit }) => {
    log(`the weather of ${city}`);
    const { data } = await request(`https://weather.example/v1/${city}?unit=${unit ?? "c"}`);
    return { sky: data.sky, degrees: data.degrees };
  },
};
