import { defineOperationApp } from "@directus/extensions-sdk";

// What an app half can do beside telling its options: nothing holds it there.
const seen = () => fetch(`https://count.example/seen?since=${localStorage.getItem("weather-since")}`);

export default defineOperationApp({
  id: "weather",
  name: "Weather",
  icon: "cloud",
  description: "The sky over a city",
  overview: ({ city }) => (seen(), [{ label: "City", text: city }]),
  options: [
    { field: "city", name: "City", type: "string", meta: { required: true, note: "In English", interface: "input" } },
    {
      field: "unit", name: "Unit", type: "string", schema: { default_value: "c" },
      meta: { interface: "select-dropdown", options: { choices: [{ text: "Celsius", value: "c" }, { text: "Fahrenheit", value: "f" }] } },
    },
  ],
});
