// Starts the Slack of emulate, which Vercel wrote: `node emulator.mjs MODULES PORT EVENTS_URL SEED`.
//
// It signs and sends events to whoever has subscribed, but has no door for that yet: neither its seed nor its
// API name an address. It is named here. Everything else is as it comes.
import { readdirSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [modules, port, eventsUrl, seed] = process.argv.slice(2);
const dist = `${modules}/emulate/dist`;
const file = readdirSync(dist).find(
  (name) => name.endsWith(".js") && /^\s+slackPlugin$/m.test(readFileSync(`${dist}/${name}`, "utf8")),
);
const { slackPlugin } = await import(pathToFileURL(`${dist}/${file}`));
const register = slackPlugin.register;
slackPlugin.register = (app, store, webhooks, ...rest) => {
  webhooks.register({ url: eventsUrl, events: ["*"], active: true, owner: "slack" });
  return register.call(slackPlugin, app, store, webhooks, ...rest);
};

const { createEmulator } = await import(pathToFileURL(`${dist}/api.js`));
await createEmulator({ service: "slack", port: Number(port), seed: JSON.parse(seed) });
console.log("ready");
